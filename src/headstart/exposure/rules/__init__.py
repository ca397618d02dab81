"""The exposure room's rules, one file an idea: components, two formats, the document, hits, deployment."""
