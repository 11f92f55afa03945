//! A `KubeSchedulerConfiguration` file: which profiles there are, and what each changes in the default one.
//!
//! What the rules here cannot follow (extenders, plugins of somebody else) is named in the profile, so that an answer that
//! depends on it is "unknown".

mod arguments;
mod plugins;
mod policy;
#[cfg(test)]
mod tests;

pub use policy::{PolicyFile, policy};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::files::{FileError, Place, Problem, Purpose, single};
use super::wire;
use crate::domain::fit::profile::{Minor, Profile};

/// The `apiVersion` that is read.
const API_VERSION: &str = "kubescheduler.config.k8s.io/v1";

/// The `kind` that is read.
const KIND: &str = "KubeSchedulerConfiguration";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    profiles: Option<Vec<ProfileConfig>>,
    extenders: Option<Vec<Extender>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ProfileConfig {
    scheduler_name: Option<String>,
    plugins: Option<plugins::Plugins>,
    plugin_config: Option<Vec<PluginConfig>>,
}

#[derive(Deserialize)]
struct PluginConfig {
    name: String,
    #[serde(default)]
    args: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extender {
    #[serde(default)]
    url_prefix: String,
}

/// Reads the one document of a file.
fn document<T: DeserializeOwned>(bytes: &[u8], source: &str, kind: &str) -> Result<T, FileError> {
    let json = single(bytes, source)?.to_string();
    serde_json::from_str(&json)
        .map_err(|cause| fault(source, wire::misshapen(kind, &json, &cause).to_string()))
}

/// What is wrong with a configuration.
fn fault(source: &str, message: String) -> FileError {
    let place = Place {
        document: 1,
        item: None,
    };
    FileError::about(
        source,
        Purpose::Configuration,
        Problem::Object { place, message },
    )
}

/// Reads the profiles of a configuration, each on top of the default one of a minor.
///
/// # Errors
///
/// Names the file, the profile and the field.
pub fn profiles(bytes: &[u8], source: &str, minor: Minor) -> Result<Vec<Profile>, FileError> {
    let error = |message: String| fault(source, message);
    let configuration: Configuration = document(bytes, source, KIND)?;
    if configuration.kind != KIND || configuration.api_version != API_VERSION {
        let (found, version) = (&configuration.kind, &configuration.api_version);
        return Err(error(format!(
            "it is a {found:?} of {version:?}, not a {KIND} of {API_VERSION}"
        )));
    }
    let extenders = configuration.extenders.unwrap_or_default();
    let extenders: Vec<String> = extenders
        .into_iter()
        .map(|extender| format!("extender {}", extender.url_prefix))
        .collect();
    let configured = match configuration.profiles {
        Some(profiles) if !profiles.is_empty() => profiles,
        _ => vec![ProfileConfig::default()],
    };
    let is_single = configured.len() == 1;
    let mut profiles: Vec<Profile> = Vec::new();
    for (index, config) in configured.into_iter().enumerate() {
        let is_named = config
            .scheduler_name
            .as_ref()
            .is_some_and(|name| !name.is_empty());
        if !is_single && !is_named {
            return Err(error(format!(
                "profiles[{index}] has no schedulerName, which only a single profile may leave out"
            )));
        }
        let mut profile = profile(config, minor).map_err(error)?;
        profile.unmodelled.extend(extenders.iter().cloned());
        if profiles
            .iter()
            .any(|other| other.scheduler_name == profile.scheduler_name)
        {
            let name = profile.scheduler_name;
            return Err(error(format!("two profiles are called {name:?}")));
        }
        profiles.push(profile);
    }
    Ok(profiles)
}

fn profile(config: ProfileConfig, minor: Minor) -> Result<Profile, String> {
    let mut profile = Profile::default_of(minor);
    if let Some(name) = config.scheduler_name.filter(|name| !name.is_empty()) {
        profile.scheduler_name = name;
    }
    if let Some(plugins) = &config.plugins {
        plugins.apply(&mut profile);
    }
    for PluginConfig { name, args } in config.plugin_config.unwrap_or_default() {
        let scheduler = profile.scheduler_name.clone();
        arguments::apply(&mut profile, &name, &args)
            .map_err(|problem| format!("profile {scheduler:?}, arguments of {name}: {problem}"))?;
    }
    Ok(profile)
}
