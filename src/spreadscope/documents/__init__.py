"""What is sent and printed: statements and reports of the contract as PDF and HTML, each a pure function."""
