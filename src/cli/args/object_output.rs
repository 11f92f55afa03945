//! `-o` of commands that print a whole API object.

use std::path::Path;

use clap::Args;

use crate::cli::error::CliError;
use crate::present::object::jsonpath::{MissingKeys, Results, Template};

/// Flags that say how an object is printed.
#[derive(Debug, Clone, Default, Args)]
pub struct ObjectOutputArgs {
    /// Print the node after the change: json, yaml, name, jsonpath=TEMPLATE, jsonpath-as-json=TEMPLATE or
    /// jsonpath-file=FILE
    #[arg(short = 'o', long, value_name = "FORMAT")]
    pub output: Option<String>,
    /// Keep metadata.managedFields in json and yaml
    #[arg(long)]
    pub show_managed_fields: bool,
    /// A jsonpath field that is not there prints nothing; `false` makes it an error
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true",
          default_missing_value = "true")]
    pub allow_missing_template_keys: String,
}

/// How an object is printed.
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectFormat {
    /// One line that says what happened.
    Line,
    /// `node/NAME`.
    Name,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// A template.
    JsonPath(Template),
}

const FORMATS: &str = "json,jsonpath,jsonpath-as-json,jsonpath-file,name,yaml";

impl ObjectOutputArgs {
    /// Checks the format, before anything is read or written.
    ///
    /// # Errors
    ///
    /// An unknown format, or a template that is none, in kubectl's words.
    pub fn format(&self) -> Result<ObjectFormat, CliError> {
        let asked = self.output.as_deref().unwrap_or_default();
        // An `=` belongs to templates alone, and a template keeps its case.
        let (kind, template) = match asked.split_once('=') {
            Some((kind, template)) => (kind, Some(template)),
            None => (asked, None),
        };
        match (kind, template) {
            ("jsonpath", _) => self.template(template, Results::Text),
            ("jsonpath-as-json", _) => self.template(template, Results::Json),
            ("jsonpath-file", _) => {
                let text = read_template(template.unwrap_or_default())?;
                self.template(Some(&text), Results::Text)
            }
            (kind, None) => match kind.to_ascii_lowercase().as_str() {
                "" => Ok(ObjectFormat::Line),
                "name" => Ok(ObjectFormat::Name),
                "json" => Ok(ObjectFormat::Json),
                "yaml" => Ok(ObjectFormat::Yaml),
                _ => Err(no_printer(kind)),
            },
            (kind, Some(_)) => Err(no_printer(kind)),
        }
    }

    fn template(&self, text: Option<&str>, results: Results) -> Result<ObjectFormat, CliError> {
        let missing = match super::dry_run::parse_bool(&self.allow_missing_template_keys) {
            Some(true) => MissingKeys::Allowed,
            Some(false) => MissingKeys::Refused,
            None => {
                return Err(CliError::usage(format!(
                    "invalid argument {:?} for \"--allow-missing-template-keys\" flag: it is neither true nor false",
                    self.allow_missing_template_keys
                )));
            }
        };
        let text = text.unwrap_or_default();
        if text.is_empty() {
            return Err(CliError::usage(
                "template format specified but no template given",
            ));
        }
        Template::parse(text, missing, results)
            .map(ObjectFormat::JsonPath)
            .map_err(|cause| CliError::usage(format!("error parsing jsonpath {text}, {cause}")))
    }
}

fn read_template(path: &str) -> Result<String, CliError> {
    std::fs::read_to_string(Path::new(path))
        .map_err(|cause| CliError::usage(format!("error reading --template {path}, {cause}")))
}

fn no_printer(format: &str) -> CliError {
    let error = CliError::usage(format!(
        "unable to match a printer suitable for the output format {format:?}, allowed formats are: {FORMATS}"
    ));
    if [
        "go-template",
        "go-template-file",
        "template",
        "templatefile",
    ]
    .contains(&format)
    {
        error.with_hint(
            "Go templates exist only in programs written in Go: use -o jsonpath=TEMPLATE, or -o json with jq",
        )
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(output: &str) -> Result<ObjectFormat, CliError> {
        ObjectOutputArgs {
            output: Some(output.to_owned()),
            show_managed_fields: false,
            allow_missing_template_keys: "true".to_owned(),
        }
        .format()
    }

    #[test]
    fn formats() {
        assert_eq!(format(""), Ok(ObjectFormat::Line));
        assert_eq!(format("name"), Ok(ObjectFormat::Name));
        assert_eq!(format("JSON"), Ok(ObjectFormat::Json));
        assert_eq!(format("yaml"), Ok(ObjectFormat::Yaml));
        assert!(matches!(
            format("jsonpath={.metadata.name}"),
            Ok(ObjectFormat::JsonPath(_))
        ));
        assert!(matches!(
            format("jsonpath-as-json={.a"),
            Err(CliError { .. })
        ));
    }

    #[test]
    fn refusals_are_kubectls() {
        let message = |output: &str| format(output).unwrap_err().message;
        assert_eq!(
            message("bad"),
            "error: unable to match a printer suitable for the output format \"bad\", allowed formats are: \
             json,jsonpath,jsonpath-as-json,jsonpath-file,name,yaml"
        );
        assert_eq!(
            message("jsonpath"),
            "error: template format specified but no template given"
        );
        assert_eq!(
            message("jsonpath={.a"),
            "error: error parsing jsonpath {.a, unclosed action"
        );
        let go = format("go-template={{.metadata.name}}").unwrap_err();
        assert!(go.message.contains("\"go-template\""), "{}", go.message);
        assert_eq!(go.hints.len(), 1);
    }
}
