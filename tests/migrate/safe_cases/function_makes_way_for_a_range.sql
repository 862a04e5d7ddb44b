-- before
CREATE FUNCTION span() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE TYPE span_of AS RANGE (subtype = int, multirange_type_name = span);
