CREATE USER IF NOT EXISTS {user} IDENTIFIED WITH sha256_hash BY {hash:String} SALT {salt:String};
ALTER USER {user} IDENTIFIED WITH sha256_hash BY {hash:String} SALT {salt:String};
GRANT oi_loader TO {user};
ALTER USER {user} DEFAULT ROLE oi_loader;
