-- The limits are the user's own too: a role that is set aside takes its limits with it.
CREATE USER IF NOT EXISTS {user} IDENTIFIED WITH sha256_hash BY {hash:String} SALT {salt:String};
ALTER USER {user} IDENTIFIED WITH sha256_hash BY {hash:String} SALT {salt:String}
    DEFAULT DATABASE {bi} SETTINGS PROFILE 'oi_reader';
GRANT oi_reader TO {user};
ALTER USER {user} DEFAULT ROLE oi_reader;
