//! The parts of SARIF 2.1.0 that are written, in the order of their names; what is `None` is left out.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

macro_rules! objects {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct $name {
            $($(#[$field_meta])* pub $field: $kind,)*
        }
    )*};
}

objects! {
    /// A whole file.
    Sarif {
        #[serde(rename = "$schema")]
        schema: &'static str,
        runs: Vec<SarifRun>,
        version: &'static str,
    }
    /// One run of one tool.
    SarifRun {
        automation_details: Id,
        column_kind: &'static str,
        invocations: Vec<Invocation>,
        original_uri_base_ids: BTreeMap<&'static str, ArtifactLocation>,
        results: Vec<SarifResult>,
        taxonomies: Vec<ToolComponent>,
        tool: Tool,
        #[serde(skip_serializing_if = "Option::is_none")]
        version_control_provenance: Option<Vec<VersionControlDetails>>,
    }
    /// What uploads of one kind are known by.
    Id { id: &'static str, }
    /// Where the files are from.
    VersionControlDetails {
        mapped_to: ArtifactLocation,
        repository_uri: String,
        revision_id: String,
    }
    /// How the run went.
    Invocation {
        execution_successful: bool,
        tool_execution_notifications: Vec<Notification>,
    }
    /// Something about the run itself.
    Notification {
        level: &'static str,
        message: Message,
    }
    /// The tool.
    Tool { driver: ToolComponent, }
    /// The tool's program, or a list that others keep.
    ToolComponent {
        #[serde(skip_serializing_if = "Option::is_none")]
        information_uri: Option<&'static str>,
        name: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        organization: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        rules: Option<Vec<ReportingDescriptor>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        semantic_version: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        short_description: Option<Texts>,
        #[serde(skip_serializing_if = "Option::is_none")]
        supported_taxonomies: Option<Vec<ToolComponentReference>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        taxa: Option<Vec<ReportingDescriptor>>,
    }
    /// Another component by its name and its index among its kind.
    ToolComponentReference {
        index: usize,
        name: &'static str,
    }
    /// A rule, or a weakness.
    ReportingDescriptor {
        #[serde(skip_serializing_if = "Option::is_none")]
        default_configuration: Option<Configuration>,
        #[serde(skip_serializing_if = "Option::is_none")]
        full_description: Option<Texts>,
        #[serde(skip_serializing_if = "Option::is_none")]
        help: Option<Texts>,
        #[serde(skip_serializing_if = "Option::is_none")]
        help_uri: Option<String>,
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        properties: Option<Properties>,
        #[serde(skip_serializing_if = "Option::is_none")]
        relationships: Option<Vec<Relationship>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        short_description: Option<Texts>,
    }
    /// How a rule stands to a weakness.
    Relationship {
        kinds: Vec<&'static str>,
        target: Target,
    }
    /// A weakness of a list.
    Target {
        id: String,
        index: usize,
        tool_component: ToolComponentReference,
    }
    /// What a rule reports as where nothing is configured.
    Configuration { level: &'static str, }
    /// A text, and the same in Markdown.
    Texts {
        #[serde(skip_serializing_if = "Option::is_none")]
        markdown: Option<String>,
        text: String,
    }
    /// What SARIF has no field for.
    Properties {
        #[serde(skip_serializing_if = "Option::is_none")]
        tags: Option<Vec<String>>,
        #[serde(flatten)]
        more: BTreeMap<&'static str, Value>,
    }
    /// A finding.
    SarifResult {
        #[serde(skip_serializing_if = "Option::is_none")]
        baseline_state: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        code_flows: Option<Vec<CodeFlow>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        fixes: Option<Vec<SarifFix>>,
        level: &'static str,
        locations: Vec<Location>,
        message: Message,
        #[serde(skip_serializing_if = "Option::is_none")]
        partial_fingerprints: Option<BTreeMap<&'static str, String>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        properties: Option<Properties>,
        #[serde(skip_serializing_if = "Option::is_none")]
        rank: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        related_locations: Option<Vec<Location>>,
        rule_id: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        rule_index: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        suppressions: Option<Vec<Suppression>>,
    }
    /// Edits that fix a finding, all together.
    SarifFix {
        artifact_changes: Vec<ArtifactChange>,
        description: Message,
    }
    /// What becomes of a file.
    ArtifactChange {
        artifact_location: ArtifactLocation,
        replacements: Vec<Replacement>,
    }
    /// What is deleted, and what is inserted there.
    Replacement {
        deleted_region: Region,
        #[serde(skip_serializing_if = "Option::is_none")]
        inserted_content: Option<ArtifactContent>,
    }
    /// The text of a part of a file.
    ArtifactContent { text: String, }
    /// What somebody said against a finding.
    Suppression {
        #[serde(skip_serializing_if = "Option::is_none")]
        justification: Option<String>,
        kind: &'static str,
    }
    /// A text.
    Message { text: String, }
    /// A place, and what is to be seen there.
    Location {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<Message>,
        physical_location: PhysicalLocation,
    }
    /// A place in a file.
    PhysicalLocation {
        artifact_location: ArtifactLocation,
        #[serde(skip_serializing_if = "Option::is_none")]
        region: Option<Region>,
    }
    /// A file or folder.
    ArtifactLocation {
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<Message>,
        #[serde(skip_serializing_if = "Option::is_none")]
        uri: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        uri_base_id: Option<&'static str>,
    }
    /// A part of a file, counted from 1; the last column is the one after it.
    Region {
        end_column: u32,
        end_line: u32,
        start_column: u32,
        start_line: u32,
    }
    /// Steps that lead to a result.
    CodeFlow { thread_flows: Vec<ThreadFlow>, }
    /// The same, of one thread.
    ThreadFlow { locations: Vec<Step>, }
    /// A step.
    Step { location: Location, }
}
