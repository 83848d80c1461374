// Tests of the edges.
