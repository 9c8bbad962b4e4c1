CREATE USER IF NOT EXISTS somebody ON CLUSTER main IDENTIFIED WITH sha256_hash BY {hash:String} SALT {salt:String};

ALTER USER somebody ON CLUSTER main IDENTIFIED WITH sha256_hash BY {hash:String} SALT {salt:String}
    DEFAULT DATABASE bi SETTINGS PROFILE 'oi_reader';

GRANT ON CLUSTER main oi_reader TO somebody;

ALTER USER somebody ON CLUSTER main DEFAULT ROLE oi_reader;

