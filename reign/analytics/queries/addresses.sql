-- Everything that something was done to, also what is gone.
SELECT DISTINCT address FROM operations
