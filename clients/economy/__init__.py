"""The rental economy: who rents GPUs from whom at what price, whether or not anyone trades futures."""
