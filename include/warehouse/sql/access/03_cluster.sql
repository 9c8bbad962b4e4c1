-- To make tables everywhere, and to reach the other shards through them.
GRANT CLUSTER, REMOTE ON *.* TO oi_loader;
