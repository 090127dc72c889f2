"""The engine that lets a language model write, from passages it is handed and must cite."""
