"""The proof: everything that can go wrong does, under the real command, and the bars R1 to R14 hold. `make faults`."""
