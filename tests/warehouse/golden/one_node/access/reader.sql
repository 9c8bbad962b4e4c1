CREATE USER IF NOT EXISTS somebody IDENTIFIED WITH sha256_hash BY {hash:String} SALT {salt:String};

ALTER USER somebody IDENTIFIED WITH sha256_hash BY {hash:String} SALT {salt:String}
    DEFAULT DATABASE bi SETTINGS PROFILE 'oi_reader';

GRANT oi_reader TO somebody;

ALTER USER somebody DEFAULT ROLE oi_reader;

