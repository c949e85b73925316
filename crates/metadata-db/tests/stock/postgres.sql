-- A description of the schema that does not depend on pg_dump's version: one line an object.
SELECT line
FROM (
    SELECT 'column ' || c.relname || '.' || a.attname || ' ' || a.attnum || ' '
        || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || COALESCE(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS line,
        c.relname
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
    UNION ALL
    SELECT 'constraint ' || c.relname || ' ' || n.conname || ' ' || pg_get_constraintdef(n.oid),
        c.relname
    FROM pg_constraint n
    JOIN pg_class c ON c.oid = n.conrelid
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND n.contype <> 'n'
    UNION ALL
    SELECT 'index ' || indexdef, tablename
    FROM pg_indexes
    WHERE schemaname = current_schema()
    UNION ALL
    SELECT 'sequence ' || s.relname || ' ' || format_type(q.seqtypid, NULL) || ' of ' || c.relname
        || '.' || a.attname, c.relname
    FROM pg_class s
    JOIN pg_sequence q ON q.seqrelid = s.oid
    JOIN pg_depend p ON p.objid = s.oid AND p.deptype = 'a' AND p.classid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = p.refobjid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.refobjsubid
    WHERE s.relkind = 'S' AND c.relnamespace = current_schema()::regnamespace
) AS described
WHERE relname NOT LIKE 'updraft\_%'
ORDER BY line COLLATE "C"
