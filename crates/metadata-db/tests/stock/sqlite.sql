-- Every object with the statement that made it; whitespace is made equal by the reader.
SELECT type || ' ' || name || ' ' || COALESCE(sql, '')
FROM sqlite_master
WHERE tbl_name NOT LIKE 'updraft\_%' ESCAPE '\'
