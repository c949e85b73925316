-- Nothing read them. begun_at was written with the claim and said no more than claimed_at; losses are
-- counted in rows. No release had these columns, so no binary that may still run writes them.
ALTER TABLE updraft_task_try DROP COLUMN begun_at;
ALTER TABLE updraft_task_try DROP COLUMN lost_count;
