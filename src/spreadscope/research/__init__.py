"""Scans and studies: long computations over what is stored, dropped or asked for, made in a worker process."""
