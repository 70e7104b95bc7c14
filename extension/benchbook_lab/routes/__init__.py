"""One module a noun. Every route reads the question, calls one function of the library, and answers its record."""
