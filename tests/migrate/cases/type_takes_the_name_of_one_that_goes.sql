-- before
CREATE TYPE spans AS ENUM ('a', 'b');
CREATE TYPE span AS (kind spans, at point);
CREATE TYPE parts AS ENUM ('a', 'b');
CREATE TYPE part AS (kind parts);
CREATE TABLE goes (part part);
CREATE TABLE stays (id bigint PRIMARY KEY, part part);

-- after
CREATE TYPE span AS RANGE (SUBTYPE = double precision, MULTIRANGE_TYPE_NAME = spans);
CREATE TYPE part AS RANGE (SUBTYPE = double precision, MULTIRANGE_TYPE_NAME = parts);
CREATE TABLE stays (id bigint PRIMARY KEY);
