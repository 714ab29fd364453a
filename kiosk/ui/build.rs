//! Compiles the screens and bundles their translations, fonts and pictures into the program.

use std::collections::HashMap;
use std::path::PathBuf;

fn main() -> Result<(), slint_build::CompileError> {
    let presentation = PathBuf::from("../../presentation/ui");
    println!("cargo:rerun-if-changed=lang");
    let configuration = slint_build::CompilerConfiguration::new()
        .with_library_paths(HashMap::from([("presentation".to_owned(), presentation)]))
        .with_bundled_translations("lang")
        // The same sentence has the same translation wherever it stands.
        .with_default_translation_context(slint_build::DefaultTranslationContext::None)
        .embed_resources(slint_build::EmbedResourcesKind::EmbedFiles)
        // Tests find elements by their id.
        .with_debug_info(true);
    slint_build::compile_with_config("ui/app.slint", configuration)
}
