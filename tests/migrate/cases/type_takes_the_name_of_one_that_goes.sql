-- before
CREATE TYPE spans AS ENUM ('a', 'b');
CREATE TYPE span AS (kind spans, at point);

-- after
CREATE TYPE span AS RANGE (SUBTYPE = double precision, MULTIRANGE_TYPE_NAME = spans);
