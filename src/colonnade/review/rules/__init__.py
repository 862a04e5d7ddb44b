"""The rules: one package for each kind of subject, one module for each rule."""
