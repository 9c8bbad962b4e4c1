CREATE USER IF NOT EXISTS somebody IDENTIFIED WITH sha256_hash BY {hash:String} SALT {salt:String};

ALTER USER somebody IDENTIFIED WITH sha256_hash BY {hash:String} SALT {salt:String};

GRANT oi_loader TO somebody;

ALTER USER somebody DEFAULT ROLE oi_loader;

