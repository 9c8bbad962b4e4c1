-- readonly = 2, since BI tools set their own settings; those below can be lowered, never raised or switched off.
CREATE SETTINGS PROFILE IF NOT EXISTS oi_reader;
ALTER SETTINGS PROFILE oi_reader SETTINGS
    readonly = 2,
    max_execution_time = 60 MIN 1 MAX 60,
    max_memory_usage = 4000000000 MIN 1 MAX 4000000000,
    max_rows_to_read = 1000000000 MIN 1 MAX 1000000000,
    max_result_rows = 1000000 MIN 1 MAX 1000000,
    max_result_bytes = 128000000 MIN 1 MAX 128000000,
    timeout_overflow_mode = 'throw' CONST,
    read_overflow_mode = 'throw' CONST,
    result_overflow_mode = 'throw' CONST,
    max_concurrent_queries_for_user = 16 CONST;
ALTER ROLE oi_reader SETTINGS PROFILE 'oi_reader';

CREATE QUOTA IF NOT EXISTS oi_reader;
ALTER QUOTA oi_reader KEYED BY user_name
    FOR INTERVAL 1 minute MAX queries = 600,
    FOR INTERVAL 1 hour MAX execution_time = 7200
    TO oi_reader;
