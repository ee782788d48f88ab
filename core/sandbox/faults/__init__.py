"""What can go wrong on purpose? Faults by name, scripts that say whom they meet and how often, and the gate that commits them."""
