"""What the firm deals in: frozen values, shared by every other room and importing none of them."""
