"""The endpoints, a module for each thing of the contract."""
