"""The chain: transactions, blocks, the zero-cost ledger, the store and evaluation by demand."""
