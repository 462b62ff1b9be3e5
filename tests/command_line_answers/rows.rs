//! Command lines, the programs that take them, and the ports that Python's own argparse makes of both.

#![allow(dead_code, reason = "each of the two harnesses uses a part")]

/// A command line and what comes of it.
pub struct Row {
    /// The command, its words divided by single spaces.
    pub command: &'static str,
    /// The calls that declare the options and parse them into `args`.
    pub declares: &'static str,
    /// The port that the program has then.
    pub port: u16,
    /// Whether wirelint can know it.
    pub seen: Seen,
}

/// What wirelint sees of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The port.
    Port,
    /// That it is one which only the running program knows.
    Unknown,
}

/// Options as most programs declare them.
const USUAL: &str = r#"
parser.add_argument("-p", "--port", type=int, default=8000)
parser.add_argument("-v", "--verbose", action="store_true")
parser.add_argument("files", nargs="*")
args = parser.parse_args()
"#;

const fn usual(command: &'static str, port: u16) -> Row {
    Row { command, declares: USUAL, port, seen: Seen::Port }
}

const fn unseen(command: &'static str, declares: &'static str, port: u16) -> Row {
    Row { command, declares, port, seen: Seen::Unknown }
}

/// All of them.
pub const ROWS: &[Row] = &[
    usual("python server.py", 8000),
    usual("python server.py --port 9000", 9000),
    usual("python server.py --port=9000", 9000),
    usual("python server.py -p 9000", 9000),
    usual("python server.py -p9000", 9000),
    usual("python server.py -p=9000", 9000),
    usual("python server.py --port 9000 --port 9001", 9001),
    usual("python server.py --verbose --port 9000", 9000),
    usual("python server.py -v -p 9000 a.txt", 9000),
    usual("python server.py -- -p 9000", 8000),
    usual("python server.py --port 9000 -- --port 9001", 9000),
    usual("python -u -W ignore server.py --port 9000", 9000),
    usual("python -um server --port 9000", 9000),
    usual("python -mserver -p 9000", 9000),
    usual("python --check-hash-based-pycs default server.py --port 9000", 9000),
    // Which of the letters takes a value, and what else begins like the option, the program knows.
    unseen("python server.py -vp 9000", USUAL, 9000),
    unseen("python server.py -vp9000", USUAL, 9000),
    unseen("python server.py --po 9000", USUAL, 9000),
    Row {
        command: "python server.py --port 9000 --more 1",
        declares: "parser.add_argument(\"--port\", type=int, default=8000)\nargs, rest = parser.parse_known_args()\n",
        port: 9000,
        seen: Seen::Port,
    },
    Row {
        command: "python server.py --secure --port 9000",
        declares: "parser.add_argument(\"--port\", type=int, default=8000)\n\
                   parser.add_argument(\"--secure\", action=\"store_true\")\n\
                   args = parser.parse_args()\nargs.port = args.port if not args.secure else 443\n",
        port: 443,
        seen: Seen::Unknown,
    },
    unseen(
        "python server.py",
        "parser.add_argument(\"--port\", type=int, default=8000)\nparser.set_defaults(port=9000)\nargs = parser.parse_args()\n",
        9000,
    ),
    unseen(
        "python server.py --port",
        "parser.add_argument(\"--port\", type=int, default=8000, nargs=\"?\", const=9000)\nargs = parser.parse_args()\n",
        9000,
    ),
    unseen(
        "python server.py",
        "more = {\"type\": int, \"default\": 9000}\nparser.add_argument(\"--port\", **more)\nargs = parser.parse_args()\n",
        9000,
    ),
    unseen(
        "python server.py --port 9000",
        "parser.add_argument(\"--port\", type=int, default=8000)\nargs = parser.parse_args([])\n",
        8000,
    ),
    unseen(
        "python server.py --port 9000",
        "parser.add_argument(\"--port\", type=int, default=8000)\n\ndef parse():\n    return parser.parse_args([])\n\nargs = parse()\n",
        8000,
    ),
    // The last one counts, and which that is two names do not show.
    unseen("python server.py -p 9000 --port 9001", USUAL, 9001),
    unseen("python server.py --port 9000 --po 9001", USUAL, 9001),
    unseen(
        "python server.py",
        "parser.add_argument(\"--port\", type=int, default=8000)\ndef get():\n    a = parser.parse_args()\n    a.port = 9005\n    return a\nargs = get()\n",
        9005,
    ),
    unseen(
        "python server.py",
        "parser.add_argument(\"--port\", type=int, default=8000)\nargs = parser.parse_args()\nsetattr(args, \"port\", 9005)\n",
        9005,
    ),
    unseen(
        "python server.py",
        "parser.add_argument(\"--port\", type=int, default=8000)\nargs = parser.parse_args()\nvars(args).update(port=9005)\n",
        9005,
    ),
    unseen(
        "python server.py --port 9000",
        "parser.add_argument(\"--port\", type=int, default=8000)\nWORDS = [\"--port\", \"9005\"]\nargs = parser.parse_args(WORDS)\n",
        9005,
    ),
    unseen(
        "python server.py --port 9000",
        "parser.add_argument(\"--port\", type=int, default=8000)\nargs = parser.parse_args(\"--port 9005\".split())\n",
        9005,
    ),
    unseen(
        "python server.py --port 9000",
        "import sys\nparser.add_argument(\"--port\", type=int, default=8000)\nargs = parser.parse_args(sys.argv[3:])\n",
        8000,
    ),
    unseen(
        "python server.py --port 9000",
        "parser.add_argument(\"--port\", type=int, default=8000)\ndef read(argv=None):\n    return parser.parse_args(argv)\nargs = read([])\n",
        8000,
    ),
    unseen(
        "python server.py",
        "parser.add_argument(\"--port\", type=int, default=8000)\nargs = parser.parse_args(namespace=argparse.Namespace(port=9005))\n",
        9005,
    ),
    unseen(
        "python server.py cmd --port 9000",
        "parser.add_argument(\"--port\", type=int, default=8000)\nparser.add_argument(\"rest\", nargs=argparse.REMAINDER)\nargs = parser.parse_args()\n",
        8000,
    ),
    unseen(
        "python server.py --port 9000",
        "parser.add_argument(\"--port\", type=lambda text: int(text) + 1, default=8000)\nargs = parser.parse_args()\n",
        9001,
    ),
    Row {
        command: "python server.py --port 9000",
        declares: "import sys\nparser.add_argument(\"--port\", type=int, default=8000)\ndef read(argv=None):\n    return parser.parse_args(argv)\nargs = read(sys.argv[1:])\n",
        port: 9000,
        seen: Seen::Port,
    },
];

impl Row {
    /// The program, up to the line in which the arguments are parsed.
    pub fn program(&self) -> String {
        format!("import argparse\n\nparser = argparse.ArgumentParser()\n{}", self.declares.trim_start())
    }
}
