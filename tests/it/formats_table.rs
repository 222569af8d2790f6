const FILES: &[(&str, Expected)] = &[];
