-- Bodies of procedures, and what becomes of them on MariaDB and on MySQL: an error's number, 0 for none, `unknown` where it
-- depends on what no text says, - where only the other server has it. Parameters: p without a collation of its own, q with that
-- of the tables, k a number, day a date. z is a table, @y1 and @y2 are variables, that the session had before.

-- == sources of columns

-- a column through two derived tables | 1267 1267
SELECT COUNT(*) FROM (SELECT * FROM (SELECT c AS s FROM t) x) y WHERE y.s = p;

-- a star of one of two tables | 1267 1267
SELECT COUNT(*) FROM (SELECT y.* FROM t x JOIN (SELECT p AS w) y) z JOIN u ON z.w = u.c;

-- a star over a table that is not known | unknown unknown
SELECT COUNT(*) FROM (SELECT * FROM z) y WHERE y.c = p;

-- a qualified star over a table that is not known | unknown unknown
SELECT COUNT(*) FROM (SELECT z.* FROM z) y WHERE y.c = p;

-- a column of a table that is not known | unknown unknown
SELECT COUNT(*) FROM z WHERE z.c = p;

-- a column that is of the known table or the other | unknown unknown
SELECT COUNT(*) FROM u, z WHERE c2 = p;

-- a name with its database | 1267 1267
SELECT COUNT(*) FROM t WHERE {db}.t.c = p;

-- a name with another database | unknown unknown
SELECT COUNT(*) FROM t WHERE other.t.c = p;

-- a natural join | 1267 1267
SELECT COUNT(*) FROM t NATURAL JOIN (SELECT p AS c) x;

-- a natural join without a common name | 0 0
SELECT COUNT(*) FROM t NATURAL JOIN (SELECT p AS w) x;

-- a natural join with a table that is not known | 0 0
SELECT COUNT(*) FROM t NATURAL JOIN z;

-- a join by USING, with a table that is not known | 0 0
SELECT COUNT(*) FROM t JOIN z USING (c);

-- the rows of a table constructor | - 1267
SELECT COUNT(*) FROM t WHERE c IN (SELECT * FROM (VALUES ROW(p)) AS x);

-- a table constructor in a union | 1267 -
SELECT COUNT(*) FROM t WHERE c IN (SELECT 'x' UNION VALUES (p));

-- a correlated subquery | 1267 1267
SELECT COUNT(*) FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.b = CONCAT(t.c, '') AND t.c = p);

-- a common table | 1267 1267
WITH w AS (SELECT p AS s) SELECT COUNT(*) FROM w, t WHERE w.s = t.c;

-- a common table inside a subquery | 1267 1267
WITH w AS (SELECT p AS s) SELECT COUNT(*) FROM t WHERE c IN (SELECT s FROM w);

-- a common table's own names | 1267 1267
WITH w (r) AS (SELECT p) SELECT COUNT(*) FROM w JOIN t ON w.r = t.c;

-- == unions

-- a union of the column and the parameter | 1271 1271
SELECT c FROM t UNION SELECT p;

-- a union in parentheses | 1271 1271
(SELECT c FROM t) UNION (SELECT p);

-- a union of NULLs | 0 0
SELECT COUNT(*) FROM t WHERE c = (SELECT NULL UNION SELECT NULL LIMIT 1);

-- a union of numbers | 0 0
SELECT COUNT(*) FROM t WHERE c = (SELECT 1 UNION SELECT 2 LIMIT 1);

-- a union of times | 0 0
SELECT COUNT(*) FROM t WHERE d = (SELECT day UNION SELECT CURRENT_DATE LIMIT 1);

-- a union of a number and a time | 0 0
SELECT COUNT(*) FROM t WHERE c = (SELECT k UNION SELECT day LIMIT 1);

-- a union with what is not known | unknown unknown
SELECT @z UNION SELECT c FROM t;

-- a union of a literal with what is not known | 0 0
SELECT @z UNION SELECT 'x';

-- a union with a table that is not known, in IN | unknown unknown
SELECT COUNT(*) FROM t WHERE c IN (SELECT z.c FROM z UNION SELECT 'x');

-- a union of whole tables that are not known, in IN | unknown unknown
SELECT COUNT(*) FROM t WHERE c IN (SELECT * FROM z UNION SELECT 'x');

-- rows in a union | 1267 1267
SELECT COUNT(*) FROM t WHERE (c, 1) IN (SELECT p, 1 UNION SELECT 'x', 1);

-- == names

-- a parameter that hides a column | 1267 1267
SELECT COUNT(*) FROM t, (SELECT 'x' AS p) x WHERE c = p;

-- an alias of the select list in HAVING | 1267 1267
SELECT CONCAT(p, '') AS s, c FROM t HAVING s = c;

-- an alias of the query around | 1267 1267
SELECT c AS s FROM t GROUP BY c HAVING s = p;

-- a function without parentheses | 0 0
SELECT COUNT(*) FROM t WHERE c = CURRENT_USER;

-- a time without parentheses | 0 0
SELECT COUNT(*) FROM t WHERE d < CURRENT_TIMESTAMP;

-- a system variable | 0 0
SELECT COUNT(*) FROM t WHERE c = @@character_set_client;

-- a name that is nowhere | unknown unknown
SELECT COUNT(*) FROM t WHERE c = nowhere;

-- a function that is nowhere | unknown unknown
SELECT COUNT(*) FROM t WHERE c = nofunction(p);

-- a function of another database that is not known | unknown unknown
SELECT COUNT(*) FROM t WHERE c = other.f(p);

-- a stored function with its database | 0 0
SELECT COUNT(*) FROM t WHERE c = {db}.f('x');

-- a stored function that gives a number | 0 0
SELECT COUNT(*) FROM t WHERE c = fn();

-- == operators

-- BINARY takes the collation away | 0 0
SELECT COUNT(*) FROM t WHERE BINARY c = p;

-- a path into JSON compares as JSON | - 0
SELECT COUNT(*) FROM t WHERE j->'$.a' = p;

-- an unquoted path into JSON | - 0
SELECT COUNT(*) FROM t WHERE j->>'$.a' = c;

-- a JSON column and a text | 0 0
SELECT COUNT(*) FROM t WHERE j = c;

-- a joined JSON column and a text | 0 0
SELECT COUNT(*) FROM t WHERE CONCAT(j, '') = p;

-- JSON in a list | 0 0
SELECT COUNT(*) FROM t WHERE c IN (j, p);

-- a date and an interval | 0 0
SELECT COUNT(*) FROM t WHERE d + INTERVAL 1 DAY > day;

-- a text and an interval | 0 0
SELECT COUNT(*) FROM t WHERE p + INTERVAL 1 DAY = c;

-- a sum | 0 0
SELECT COUNT(*) FROM t WHERE p + 1 = c;

-- two sides of OR | 1267 1267
SELECT COUNT(*) FROM t WHERE n = 2 OR c = p;

-- a row with another number of items | 1267 1267
SELECT COUNT(*) FROM t WHERE (c, 1) = (SELECT p, 1);

-- a CASE of numbers against texts | 1267 1267
SELECT COUNT(*) FROM t WHERE CASE n WHEN 1 THEN c ELSE 'x' END = p;

-- a CASE that compares | 1270 1270
SELECT CASE c WHEN 'y' THEN 1 WHEN p THEN 2 END FROM t;

-- REGEXP | 1267 1267
SELECT COUNT(*) FROM t WHERE c REGEXP p;

-- SOUNDS LIKE | 1267 1267
SELECT COUNT(*) FROM t WHERE c SOUNDS LIKE p;

-- == literals

-- hexadecimal is binary | 0 0
SELECT COUNT(*) FROM t WHERE c = X'78';

-- bits are text beside a text | 1267 1267
SELECT COUNT(*) FROM t WHERE CONCAT(c, b'01111000') = p;

-- a date literal | 0 0
SELECT COUNT(*) FROM t WHERE d = DATE '2030-01-01';

-- NULL among texts | 1270 1270
SELECT COUNT(*) FROM t WHERE c IN (NULL, p);

-- NULL in a pair | 0 0
SELECT COUNT(*) FROM t WHERE NULL = c;

-- an introducer with a collation | 0 0
SELECT COUNT(*) FROM t WHERE c = _utf8mb4'x' COLLATE utf8mb4_bin;

-- CHAR with USING | 0 0
SELECT COUNT(*) FROM t WHERE c = CHAR(120 USING utf8mb4);

-- == functions

-- a time made of a text | 0 0
SELECT COUNT(*) FROM t WHERE DATE(p) = d;

-- bytes from a function | 0 0
SELECT COUNT(*) FROM t WHERE c = UNHEX(p);

-- a moved date | 0 0
SELECT COUNT(*) FROM t WHERE DATE_ADD(d, INTERVAL 1 DAY) > day;

-- a moved text | 0 0
SELECT COUNT(*) FROM t WHERE DATE_ADD(p, INTERVAL 1 DAY) = c;

-- a format of the program's | 1267 1267
SELECT COUNT(*) FROM t WHERE DATE_FORMAT(d, p) = c;

-- a literal format | 0 0
SELECT COUNT(*) FROM t WHERE DATE_FORMAT(d, '%Y') = c;

-- FROM_UNIXTIME as a time | 0 0
SELECT COUNT(*) FROM t WHERE FROM_UNIXTIME(k) > d;

-- FROM_UNIXTIME as a text | 1267 1267
SELECT COUNT(*) FROM t WHERE FROM_UNIXTIME(k, p) = c;

-- JSON of texts | 1267 0
SELECT COUNT(*) FROM t WHERE JSON_EXTRACT(p, '$') = c;

-- JSON made of texts | 1267 0
SELECT COUNT(*) FROM t WHERE JSON_OBJECT('a', p) = c;

-- JSON made of nothing | 0 0
SELECT COUNT(*) FROM t WHERE JSON_ARRAY() = c;

-- COALESCE of NULLs | 0 0
SELECT COUNT(*) FROM t WHERE COALESCE(NULL, NULL) = c;

-- COALESCE of JSON | 0 0
SELECT COUNT(*) FROM t WHERE COALESCE(j, j) = c;

-- COALESCE of numbers | 0 0
SELECT COUNT(*) FROM t WHERE COALESCE(n, k) = c;

-- COALESCE of times | 0 0
SELECT COUNT(*) FROM t WHERE COALESCE(d, day) = d;

-- GREATEST of texts | 1267 0
SELECT COUNT(*) FROM t WHERE GREATEST(c, p) = 'x';

-- GREATEST with a time | 0 0
SELECT COUNT(*) FROM t WHERE GREATEST(d, day) = d;

-- GREATEST with a number | 0 0
SELECT COUNT(*) FROM t WHERE GREATEST(n, k) = c;

-- FIELD of texts | 1270 0
SELECT COUNT(*) FROM t WHERE FIELD(c, 'y', p);

-- FIELD with a number | 0 0
SELECT COUNT(*) FROM t WHERE FIELD(c, 1, p);

-- REPLACE | 1270 0
SELECT COUNT(*) FROM t WHERE REPLACE(c, p, '') = 'x';

-- a group's texts | 1267 1267
SELECT GROUP_CONCAT(c ORDER BY c = p) FROM t;

-- a window's order | 1267 1267
SELECT ROW_NUMBER() OVER (ORDER BY c = p) FROM t;

-- == character sets

-- two COLLATE clauses | 1267 1267
SELECT COUNT(*) FROM t WHERE c COLLATE utf8mb4_bin = p COLLATE utf8mb4_unicode_ci;

-- two COLLATE clauses joined | 1267 1267
SELECT CONCAT(c COLLATE utf8mb4_bin, p COLLATE utf8mb4_unicode_ci) FROM t;

-- two character sets that hold different letters | 1267 1267
SELECT COUNT(*) FROM t WHERE l = g;

-- the same, joined | 1267 1267
SELECT CONCAT(l, g) FROM t;

-- a conflict that COLLATE on the other side settles, or not | 0 1267
SELECT COUNT(*) FROM t WHERE CONCAT(c, p) = q COLLATE utf8mb4_bin;

-- three, of which a firmer one comes last | 0 0
SELECT CONCAT(c, p, q COLLATE utf8mb4_bin) = c FROM t;

-- a text of bytes | 0 0
SELECT COUNT(*) FROM t WHERE c = v;

-- a text of bytes on the left | 0 0
SELECT COUNT(*) FROM t WHERE CONCAT(v, c) = p;

-- the old name of a character set | 0 0
SELECT COUNT(*) FROM t WHERE c = CONVERT(p USING utf8);

-- a member of an ENUM | 1267 1267
SELECT COUNT(*) FROM t WHERE e = p;

-- CAST to a character set | 1267 1267
SELECT COUNT(*) FROM t WHERE c = CAST(p AS CHAR CHARACTER SET utf8mb4);

-- CAST to a number | 0 0
SELECT COUNT(*) FROM t WHERE c = CAST(p AS SIGNED);

-- CAST to bytes | 0 0
SELECT COUNT(*) FROM t WHERE c = CAST(p AS BINARY);

-- == user variables

-- a variable that is assigned in a query | 1267 1267
SELECT @v := p; SELECT COUNT(*) FROM t WHERE c = @v;

-- an assignment that is compared | 1267 1267
SELECT COUNT(*) FROM t WHERE c = (@v := p);

-- a variable that a branch makes a number | 1267 1267
SET @v = p; IF k = 5 THEN SET @v = 1; END IF; SELECT COUNT(*) FROM t WHERE c = @v;

-- a variable of a number or NULL | 0 0
SET @v = NULL; IF k = 1 THEN SET @v = 1; END IF; SELECT COUNT(*) FROM t WHERE c = @v;

-- a variable of two character sets | unknown unknown
SET @v = p; IF k = 1 THEN SELECT l INTO @v FROM t; END IF; SELECT COUNT(*) FROM t WHERE c = @v;

-- a variable that only a branch gives a value | 1267 1267
IF k = 1 THEN SET @onlyhere = p; END IF; SELECT COUNT(*) FROM t WHERE c = @onlyhere;

-- a variable that holds JSON | 1267 0
SET @v = JSON_OBJECT('a', 1); SELECT COUNT(*) FROM t WHERE p = @v;

-- a variable that holds a time | 0 0
SET @v = CURRENT_DATE; SELECT COUNT(*) FROM t WHERE c = @v;

-- a variable of a whole table that is not known | unknown unknown
SELECT * INTO @v FROM z; SELECT COUNT(*) FROM t WHERE c = @v;

-- two variables of which nothing is known | unknown unknown
SELECT @y1 = @y2;

-- a variable of which nothing is known, and a literal | 0 0
SELECT @y1 = 'x';

-- a variable of which nothing is known, with COLLATE | 0 0
SELECT COUNT(*) FROM t WHERE c = @y1 COLLATE utf8mb4_bin;

-- a variable of which nothing is known, joined under COLLATE | 0 0
SELECT COUNT(*) FROM t WHERE c = CONCAT(@y1, p COLLATE utf8mb4_bin);

-- a fetched variable | 1267 1267
BEGIN DECLARE s VARCHAR(9); DECLARE cur CURSOR FOR SELECT c FROM t; OPEN cur; FETCH cur INTO s; CLOSE cur; SELECT COUNT(*) FROM t WHERE c = s; END;

-- == statements

-- UPDATE of all rows | 1267 1267
UPDATE t SET b = IF(c = p, 'y', b);

-- UPDATE in an order | 1267 1267
UPDATE t SET b = 'x' ORDER BY c = p LIMIT 1;

-- UPDATE of the rows of a common table | - 1267
WITH w AS (SELECT p AS s) UPDATE t SET b = 'x' WHERE c IN (SELECT s FROM w);

-- DELETE of what a common table finds | - 1267
WITH w AS (SELECT p AS s) DELETE FROM t WHERE c IN (SELECT s FROM w);

-- DELETE with RETURNING | 1267 -
DELETE FROM t WHERE n = 5 RETURNING c = p;

-- INSERT with RETURNING | 1267 -
INSERT INTO t (c) VALUES ('r') RETURNING c = p;

-- INSERT that compares on a repeated key | 1267 1267
INSERT INTO t (c) VALUES (p) ON DUPLICATE KEY UPDATE c = IF(c = p, 'x', c);

-- INSERT of a query that compares on a repeated key | 1267 1267
INSERT INTO t (c) SELECT u.c FROM u ON DUPLICATE KEY UPDATE c = IF(u.c = p, 'x', t.c);

-- INSERT of a union, on a repeated key | 1267 1267
INSERT INTO t (c) SELECT 'a' UNION SELECT 'b' ON DUPLICATE KEY UPDATE c = IF(t.c = p, 'x', t.c);

-- INSERT of a query without a table, on a repeated key | 1267 1267
INSERT INTO t (c) SELECT 'a' ON DUPLICATE KEY UPDATE c = IF(t.c = p, 'x', t.c);

-- INSERT with a name for the new row | - 1267
INSERT INTO t (c) VALUES ('a') AS r ON DUPLICATE KEY UPDATE c = IF(r.c = p, 'x', t.c);

-- RETURN and DO | 1267 1267
DO (SELECT COUNT(*) FROM t WHERE c = p);

-- SIGNAL's text | 0 0
BEGIN DECLARE CONTINUE HANDLER FOR SQLSTATE '45000' BEGIN END; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = p; END;

-- a system variable that takes a bare word | 1267 1267
SET SESSION sql_mode = ANSI; SELECT COUNT(*) FROM t WHERE c = p;

-- a system variable without a scope | 1267 1267
SET sql_mode = ANSI; SELECT COUNT(*) FROM t WHERE c = p;

-- == calls

-- an OUT parameter into a user variable | 1267 1267
CALL gives(@o, 'x', @i); SELECT COUNT(*) FROM t WHERE c = @o;

-- an INOUT number into a user variable | 0 0
SET @i = 1; CALL gives(@o, 'x', @i); SELECT COUNT(*) FROM t WHERE c = @i;

-- an IN argument stays what it was | 0 0
SELECT c INTO @a FROM t; CALL gives(@o, @a, @i); SELECT COUNT(*) FROM t WHERE c = @a;

-- an OUT parameter into a local | 0 0
BEGIN DECLARE s VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; CALL gives(s, 'x', @i); SELECT COUNT(*) FROM t WHERE c = s; END;

-- a procedure that is not known | unknown unknown
IF k = 5 THEN CALL other.gone(@o); END IF; SELECT COUNT(*) FROM t WHERE c = @o;

-- an argument that compares | 1267 1267
CALL gives(@o, (SELECT c FROM t WHERE c = p), @i);

-- == control flow

-- a condition | 1267 1267
IF (SELECT c FROM t) = p THEN SELECT 1; ELSE SELECT 2; END IF;

-- a CASE that names what it compares | 1267 1267
CASE (SELECT c FROM t) WHEN 'y' THEN SELECT 1; WHEN p THEN SELECT 2; ELSE SELECT 3; END CASE;

-- a CASE of conditions | 1267 1267
CASE WHEN (SELECT c FROM t) = p THEN SELECT 1; ELSE SELECT 2; END CASE;

-- a loop's condition | 1267 1267
WHILE (SELECT c FROM t) = p DO SET @x = 1; END WHILE;

-- a default | 1267 1267
BEGIN DECLARE s INT DEFAULT (SELECT c = p FROM t); END;

-- a handler | 1267 1267
BEGIN DECLARE EXIT HANDLER FOR NOT FOUND SELECT COUNT(*) FROM t WHERE c = p; SELECT c INTO @c FROM t WHERE n = 7; END;

-- a named condition | 1267 1267
BEGIN DECLARE gone CONDITION FOR SQLSTATE '02000'; DECLARE EXIT HANDLER FOR gone SELECT COUNT(*) FROM t WHERE c = p; SIGNAL gone; END;

-- a record of a query | 1267 -
FOR r IN (SELECT p AS s) DO SELECT COUNT(*) FROM t WHERE c = r.s; END FOR;

-- a record of a cursor | 1267 -
BEGIN DECLARE cur CURSOR FOR SELECT p AS s; FOR r IN cur DO SELECT COUNT(*) FROM t WHERE c = r.s; END FOR; END;

-- a record of a table that is not known | unknown -
FOR r IN (SELECT * FROM z) DO SELECT COUNT(*) FROM t WHERE c = r.c; END FOR;

-- a counter | 0 -
FOR i IN 1..2 DO SELECT COUNT(*) FROM t WHERE c = i; END FOR;

-- a cursor with a parameter | 1267 -
BEGIN DECLARE cur CURSOR (w VARCHAR(9)) FOR SELECT c FROM t WHERE c = w; OPEN cur(p); CLOSE cur; END;

-- a field that a column hides | 1267 1267
SELECT r.c = p FROM t r;

-- == tables of the program's own

-- a temporary table of a parameter | 1267 1267
CREATE TEMPORARY TABLE m1 AS SELECT p AS s; SELECT COUNT(*) FROM m1, t WHERE m1.s = t.c; DROP TEMPORARY TABLE m1;

-- a temporary table's column next to the query's | 0 0
CREATE TEMPORARY TABLE m2 (s VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci) AS SELECT p AS s; SELECT COUNT(*) FROM m2, t WHERE m2.s = t.c; DROP TEMPORARY TABLE m2;

-- a temporary table in a character set | 0 0
CREATE TEMPORARY TABLE m3 (s VARCHAR(9)) CHARACTER SET latin1; SELECT COUNT(*) FROM m3, t WHERE m3.s = t.l; DROP TEMPORARY TABLE m3;

-- a temporary table in another collation of the character set | 1267 1267
CREATE TEMPORARY TABLE m4 (s VARCHAR(9)) CHARACTER SET latin1 COLLATE latin1_german1_ci; SELECT COUNT(*) FROM m4, t WHERE m4.s = t.l; DROP TEMPORARY TABLE m4;

-- a temporary table's BINARY column | 0 0
CREATE TEMPORARY TABLE m5 (s VARCHAR(9) BINARY); SELECT COUNT(*) FROM m5, t WHERE m5.s = t.c; DROP TEMPORARY TABLE m5;

-- a temporary table of a table that is not known | unknown unknown
CREATE TEMPORARY TABLE m6 AS SELECT * FROM z; SELECT COUNT(*) FROM m6 WHERE m6.c = p; DROP TEMPORARY TABLE m6;

-- a temporary table like another | 1267 1267
CREATE TEMPORARY TABLE m7 LIKE t; SELECT COUNT(*) FROM m7 WHERE c = p; DROP TEMPORARY TABLE m7;

-- a temporary table that is made twice alike | 1267 1267
CREATE TEMPORARY TABLE m8 AS SELECT p AS s; DROP TEMPORARY TABLE m8; CREATE TEMPORARY TABLE m8 AS SELECT p AS s; SELECT COUNT(*) FROM m8, t WHERE m8.s = t.c;

-- a temporary table that is made twice, differently | unknown unknown
CREATE TEMPORARY TABLE m9 AS SELECT p AS s; DROP TEMPORARY TABLE m9; CREATE TEMPORARY TABLE m9 AS SELECT c AS s FROM t; SELECT COUNT(*) FROM m9, t WHERE m9.s = t.c;

-- a temporary table that is made twice, with other columns | unknown unknown
CREATE TEMPORARY TABLE ma AS SELECT p AS s; DROP TEMPORARY TABLE ma; CREATE TEMPORARY TABLE ma AS SELECT p AS s, 1 AS r; SELECT COUNT(*) FROM ma, t WHERE ma.s = t.c;

-- == JSON_TABLE

-- a text column of JSON_TABLE | 1267 1267
SELECT COUNT(*) FROM JSON_TABLE('["x"]', '$[*]' COLUMNS (s VARCHAR(9) PATH '$')) y, t WHERE y.s = t.c;

-- a number and an ordinal of JSON_TABLE | 0 0
SELECT COUNT(*) FROM JSON_TABLE('["x"]', '$[*]' COLUMNS (o FOR ORDINALITY, i INT PATH '$')) y, t WHERE y.o = t.c OR y.i = t.c;

-- the document of JSON_TABLE | 1267 1267
SELECT COUNT(*) FROM t, JSON_TABLE(IF(t.c = p, '[]', '[]'), '$[*]' COLUMNS (o FOR ORDINALITY)) y;

-- a derived table that begins with WITH | 1267 1267
SELECT COUNT(*) FROM (WITH w AS (SELECT p AS s) SELECT s FROM w) x, t WHERE x.s = t.c;

-- a table constructor in FROM, without ROW | 1267 -
SELECT COUNT(*) FROM t WHERE c IN (SELECT * FROM (VALUES (p)) x);

-- == what is not read, and said to be so

-- a condition that is not read | unknown unknown
IF JSON_VALUE(p, '$' RETURNING CHAR) = 'x' THEN SELECT 1; END IF;

-- a default that is not read | unknown unknown
BEGIN DECLARE s INT DEFAULT JSON_VALUE(p, '$' RETURNING SIGNED); END;

-- a cursor that is not read | unknown unknown
BEGIN DECLARE cur CURSOR FOR SELECT c FROM t FOR SYSTEM_TIME ALL; END;

-- a statement that is not read | unknown unknown
SHOW TABLES;

-- a query that is not read, of a loop's record | unknown -
FOR r IN (SELECT c FROM t FOR SYSTEM_TIME ALL) DO SET @x = 1; END FOR;

-- a cursor that is nowhere | unknown -
FOR r IN nocursor DO SELECT COUNT(*) FROM t WHERE c = r.c; END FOR;

-- == more of expressions

-- the order of a union | 1267 1267
(SELECT c FROM t) UNION (SELECT c FROM u) ORDER BY c = p;

-- the order of a union with what is not known | unknown unknown
(SELECT c FROM t) UNION (SELECT c FROM u) ORDER BY c = @nowhere;

-- the order of a union that is not known | unknown unknown
SELECT * FROM z UNION SELECT c, b FROM t ORDER BY c = p;

-- the order of a union by name | 0 0
(SELECT c AS s FROM t) UNION (SELECT c FROM u) ORDER BY s, 1;

-- the type of a column that is known | 0 -
BEGIN DECLARE s TYPE OF t.c DEFAULT 'x'; SELECT COUNT(*) FROM t WHERE c = s; END;

-- the type of a variable | 1267 -
BEGIN DECLARE s TYPE OF p; SELECT COUNT(*) FROM t WHERE c = s; END;

-- the type of a column that is not known | unknown -
BEGIN DECLARE s TYPE OF nowhere.c; SELECT COUNT(*) FROM t WHERE c = s; END;

-- a column of each kind in a table of the program's own | 0 0
CREATE TEMPORARY TABLE mb (i INT, b BLOB, s SET('x'), j JSON); SELECT COUNT(*) FROM mb, t WHERE mb.i = t.c OR mb.b = t.c; DROP TEMPORARY TABLE mb;

-- a formatted number beside a narrow column | 1267 0
SELECT COUNT(*) FROM t WHERE l = FORMAT(n, 0);

-- the same of a constant, which is converted | 0 0
SELECT COUNT(*) FROM t WHERE l = FORMAT(1, 0);

-- the same of what each row chooses | 1267 0
SELECT COUNT(*) FROM t WHERE l = FORMAT(CASE n WHEN 1 THEN 2 ELSE 3 END + 1, 0);

-- the same of a subquery | 1267 0
SELECT COUNT(*) FROM t WHERE l = FORMAT((SELECT MAX(u.n) FROM u), 0);

-- the same of a cast column | 1267 0
SELECT COUNT(*) FROM t WHERE l = FORMAT(CAST(t.d AS SIGNED), 0);

-- the same of a variable | 0 0
SELECT COUNT(*) FROM t WHERE l = FORMAT(k, 0);
