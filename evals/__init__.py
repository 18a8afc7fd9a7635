"""The eval suite. Imports rag, never the reverse."""
