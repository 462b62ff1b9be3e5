//! Members of objects that are made from classes of the repository.

use std::rc::Rc;
use std::sync::Arc;

use super::MAX_DEPTH;
use super::call::{Closure, failed};
use super::callers;
use super::frame::{self, Arg, Arguments, Frame, Instance};
use super::merge::{Taken, settle, unknown};
use super::names::{self, Found};
use super::walk::{Evaluator, Path, Step, What};
use crate::base::{FileId, Place};
use crate::facts::{Class, Expr, ExprKind, HoleReason};
use crate::model::Alternatives;

/// Classes above one another.
const MAX_CLASSES: usize = 8;

impl<'a> Evaluator<'a> {
    pub(super) fn instance(
        &self,
        instance: &Rc<Instance<'a>>,
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let Some(step) = path else { return unknown(HoleReason::Unsupported, place) };
        if depth >= MAX_DEPTH {
            return unknown(HoleReason::Limit, place);
        }
        let What::Member(member) = &step.what else { return failed(HoleReason::Unsupported, path, place) };
        if let Some((_, arg)) = instance.keywords.iter().find(|(key, _)| key == member)
            && frame::constructor(instance.class).is_none()
        {
            let args = vec![arg.clone()];
            let holder = Rc::new(Frame { args, ..Frame::top(instance.file) });
            return self.param(&holder, 0, place, &step.rest, given, depth + 1);
        }
        let Some((file, class, derived)) = self.holder(instance.file, instance.class, member) else {
            return failed(HoleReason::UnknownName(Arc::clone(member)), path, place);
        };
        let field = class.fields.iter().rev().find(|field| field.name == *member);
        if let Some(value) = field.and_then(|field| field.value.as_ref()) {
            if derived && let Some(frame) = self.constructor_frame(instance, class) {
                return self.eval(&frame, value, &step.rest, given, depth + 1);
            }
            let arguments_known =
                instance.arguments == Arguments::Known && (!derived || frame::constructor(instance.class).is_none());
            let frame = self.instance_frame(instance, file, class, arguments_known);
            return self.eval(&Rc::new(frame), value, &step.rest, given, depth + 1);
        }
        let method = frame::method(class, member);
        if let Some(next) = step.rest.as_ref().filter(|next| !matches!(next.what, What::Member(_)))
            && let Some(method) = method
        {
            let this = Some(Rc::clone(instance));
            let closure = Closure { file, function: method, outer: None, this };
            return self.called(&closure, next, place, given, depth + 1);
        }
        match method.and_then(|method| method.returns.as_ref()) {
            Some(returns) => {
                let frame = frame::inside(self.wiring, file, Some(Rc::clone(instance)));
                self.eval(&Rc::new(frame), returns, &step.rest, given, depth + 1)
            }
            None => unknown(HoleReason::Runtime, place),
        }
    }

    fn instance_frame(&self, instance: &Rc<Instance<'a>>, file: FileId, class: &'a Class, known: bool) -> Frame<'a> {
        let mut frame = frame::inside(self.wiring, file, Some(Rc::clone(instance)));
        if let Some(constructor) = frame::constructor(class) {
            // Of one who is not seen even the defaults are not known, but what a parameter is declared to be.
            frame.params = &constructor.params;
            frame.key = constructor.key;
        }
        if known {
            frame.args.extend(instance.args.iter().cloned());
            while frame.args.len() < frame.params.len() {
                frame.args.push(Arg::Absent);
            }
            for (key, arg) in &instance.keywords {
                if let Some(index) = frame.params.iter().position(|param| param.name == *key)
                    && let Some(slot) = frame.args.get_mut(index)
                {
                    *slot = arg.clone();
                }
            }
        }
        frame
    }

    /// The code of the constructor of `class`, the instance's own or one above it, with what it is given.
    pub(super) fn constructor_frame(&self, instance: &Rc<Instance<'a>>, class: &Class) -> Option<Rc<Frame<'a>>> {
        let mut file = instance.file;
        let mut current = instance.class;
        let mut frame = self.instance_frame(instance, file, current, instance.arguments == Arguments::Known);
        for _ in 0..MAX_CLASSES {
            if std::ptr::eq(current, class) {
                return Some(Rc::new(frame));
            }
            let base = current.bases.first()?;
            let (above_file, above) = self.class_named(file, base)?;
            let args = match &current.above {
                Some(args) => {
                    let around = Rc::new(frame);
                    args.iter().map(|arg| Arg::Expr(Rc::clone(&around), arg)).collect()
                }
                None => frame.args,
            };
            (file, current) = (above_file, above);
            frame = frame::inside(self.wiring, file, Some(Rc::clone(instance)));
            frame.args = args;
            if let Some(constructor) = frame::constructor(current) {
                frame.params = &constructor.params;
                frame.key = constructor.key;
            }
            while frame.args.len() < frame.params.len() {
                frame.args.push(Arg::Absent);
            }
        }
        None
    }

    /// The same by the constructor's key.
    pub(super) fn constructor_frame_of(&self, instance: &Rc<Instance<'a>>, key: u32) -> Option<Rc<Frame<'a>>> {
        let mut file = instance.file;
        let mut current = instance.class;
        for _ in 0..MAX_CLASSES {
            if frame::constructor(current).is_some_and(|constructor| constructor.key == key && key != 0) {
                return self.constructor_frame(instance, current);
            }
            (file, current) = self.class_named(file, current.bases.first()?)?;
        }
        None
    }

    /// The class, or base class, that has the member `key`, and whether it is a base.
    pub(super) fn holder(&self, file: FileId, class: &'a Class, key: &str) -> Option<(FileId, &'a Class, bool)> {
        let mut queue = vec![(file, class)];
        let mut next = 0;
        while next < queue.len() && next < 16 {
            let (file, class) = queue[next];
            let has_field = class.fields.iter().any(|field| &*field.name == key && field.value.is_some());
            if has_field || frame::method(class, key).is_some() {
                return Some((file, class, next > 0));
            }
            for base in &class.bases {
                if let Some(base) = self.class_named(file, base) {
                    queue.push(base);
                }
            }
            next += 1;
        }
        None
    }

    /// The objects that a parameter may be, by the class that it is declared to be an object of.
    pub(super) fn declared_objects(&self, at: &Frame<'a>, index: usize) -> Vec<Rc<Instance<'a>>> {
        let declared = at.params.get(index).and_then(|param| param.annotation.as_deref());
        let Some(name) = declared.filter(|_| !frame::is_python(self.wiring, at.file)) else { return Vec::new() };
        match names::look_up(self.wiring, at.file, name) {
            Found::Class(file, class) => self.objects(file, class),
            _ => Vec::new(),
        }
    }

    /// What is taken of an object that a container makes of a class.
    pub(super) fn provided(
        &self,
        file: FileId,
        class: &Expr,
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        match self.class_named(file, class) {
            Some((file, class)) => self.of_objects(&self.objects(file, class), place, path, given, depth),
            None => failed(HoleReason::Runtime, path, place),
        }
    }

    /// What is taken of one of these objects.
    pub(super) fn of_objects(
        &self,
        objects: &[Rc<Instance<'a>>],
        place: Place,
        path: &Path<'a>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let mut found = Vec::new();
        for object in objects {
            found.extend(self.instance(object, place, path, given, depth));
        }
        settle(found, place)
    }

    fn objects(&self, file: FileId, class: &'a Class) -> Vec<Rc<Instance<'a>>> {
        let made = callers::objects_of(self.wiring, file, class);
        let hidden = || {
            let arguments = Arguments::Hidden;
            vec![Rc::new(Instance { file, class, args: Vec::new(), keywords: Vec::new(), arguments })]
        };
        if made.is_empty() { hidden() } else { made }
    }

    fn class_named(&self, file: FileId, expr: &Expr) -> Option<(FileId, &'a Class)> {
        let found = match &expr.kind {
            ExprKind::Name(name) => names::look_up(self.wiring, file, name),
            ExprKind::Member(object, name) => {
                names::look_up_export(self.wiring, names::module_named(self.wiring, file, object)?, name)
            }
            _ => return None,
        };
        match found {
            Found::Class(file, class) => Some((file, class)),
            _ => None,
        }
    }

    pub(super) fn static_member(
        &self,
        file: FileId,
        class: &'a Class,
        place: Place,
        step: &Rc<Step<'a>>,
        given: &Taken,
        depth: u32,
    ) -> Alternatives {
        let arguments = Arguments::Unknown;
        let instance = Rc::new(Instance { file, class, args: Vec::new(), keywords: Vec::new(), arguments });
        self.instance(&instance, place, &Some(Rc::clone(step)), given, depth)
    }
}
