"""How the reader's weights are made: `python -m rag.training --data FOLDER --out FOLDER`. Not needed to answer questions."""
