//! Compiles the screens with their fonts, icons and catalogues inside.

use std::{collections::HashMap, path::Path};

fn main() -> Result<(), slint_build::CompileError> {
    let presentation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../presentation/ui");
    let configuration = slint_build::CompilerConfiguration::new()
        .with_style("fluent".into())
        .with_library_paths(HashMap::from([("presentation".to_owned(), presentation)]))
        .with_bundled_translations("lang")
        .embed_resources(slint_build::EmbedResourcesKind::EmbedFiles)
        .with_debug_info(true); // elements are found by their names in tests
    slint_build::compile_with_config("ui/app.slint", configuration)
}
