-- Parameters that meet columns in every kind of predicate.
DELIMITER //
CREATE PROCEDURE equals(p VARCHAR(20)) SELECT id FROM orders WHERE symbol = p//
CREATE PROCEDURE null_safe_equals(p VARCHAR(20)) SELECT id FROM orders WHERE symbol <=> p//
CREATE PROCEDURE differs(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE symbol <> p//
CREATE PROCEDURE greater(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE symbol > p//
CREATE PROCEDURE is_like(p VARCHAR(20)) SELECT id FROM orders WHERE symbol LIKE CONCAT(p, '%') ORDER BY id LIMIT 5//
CREATE PROCEDURE is_not_like(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE symbol NOT LIKE p//
CREATE PROCEDURE like_escape(p VARCHAR(20), e CHAR(1)) SELECT COUNT(*) AS n FROM orders WHERE note LIKE 'x' ESCAPE e//
CREATE PROCEDURE matches(p VARCHAR(20)) SELECT id FROM orders WHERE symbol REGEXP p ORDER BY id LIMIT 5//
CREATE PROCEDURE in_one(p VARCHAR(20)) SELECT id FROM orders WHERE symbol IN (p)//
CREATE PROCEDURE in_two(p VARCHAR(20)) SELECT id FROM orders WHERE symbol IN ('x', p)//
CREATE PROCEDURE is_between(p VARCHAR(20), q VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE symbol BETWEEN p AND q//
CREATE PROCEDURE row_equals(p VARCHAR(20), n INT) SELECT id FROM orders WHERE (symbol, qty) = (p, n)//
CREATE PROCEDURE case_expression(p VARCHAR(20)) SELECT COUNT(CASE symbol WHEN p THEN 1 END) AS n FROM orders//
CREATE PROCEDURE is_nullif(p VARCHAR(20)) SELECT COUNT(NULLIF(symbol, p)) AS n FROM orders//
CREATE PROCEDURE is_strcmp(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE STRCMP(symbol, p) = 0//
CREATE PROCEDURE in_set(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE FIND_IN_SET(p, note)//
CREATE PROCEDURE is_there(p VARCHAR(20)) SELECT EXISTS (SELECT 1 FROM orders o WHERE o.symbol = p) AS found//
CREATE PROCEDURE having_symbol(p VARCHAR(20)) SELECT symbol, COUNT(*) AS n FROM orders GROUP BY symbol HAVING symbol = p//
CREATE PROCEDURE any_of(p VARCHAR(20)) SELECT p = ANY (SELECT symbol FROM orders) AS found//
CREATE PROCEDURE update_where(p VARCHAR(20)) UPDATE orders SET note = p WHERE symbol = p//
CREATE PROCEDURE delete_where(p VARCHAR(20)) DELETE FROM audit WHERE what = p//
CREATE PROCEDURE enum_equals(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE status = p//
CREATE PROCEDURE union_of_both(p VARCHAR(20)) SELECT symbol FROM orders WHERE id = 7 UNION SELECT p//
CREATE PROCEDURE coalesces(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE COALESCE(p, symbol) = symbol//
CREATE PROCEDURE locates(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE LOCATE(p, symbol) > 0//
CREATE PROCEDURE concatenates(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE CONCAT(symbol, p) = 'S7S7'//
CREATE PROCEDURE replaces(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE REPLACE(symbol, p, '') = ''//
CREATE PROCEDURE casts(p VARCHAR(20)) SELECT id FROM orders WHERE symbol = CAST(p AS CHAR(50))//
CREATE PROCEDURE converts(p VARCHAR(20)) SELECT id FROM orders WHERE symbol = CONVERT(p USING utf8mb4)//
CREATE PROCEDURE trims(p VARCHAR(20)) SELECT id FROM orders WHERE symbol = UPPER(TRIM(p))//
CREATE PROCEDURE on_duplicate(p VARCHAR(20)) INSERT INTO orders (id, symbol) VALUES (7, p) ON DUPLICATE KEY UPDATE qty = IF(symbol = p, 7, qty)//
CREATE PROCEDURE joins_using(p VARCHAR(20)) SELECT o.id FROM orders o JOIN (SELECT p AS symbol) d USING (symbol)//
CREATE PROCEDURE conditions(p VARCHAR(20))
BEGIN
  IF (SELECT MAX(symbol) FROM orders WHERE id = 7) = p THEN
    SELECT 'same' AS answer;
  END IF;
END//
CREATE PROCEDURE case_statement(p VARCHAR(20))
BEGIN
  CASE p
    WHEN 'x' THEN SELECT 0 AS answer;
    WHEN (SELECT MAX(symbol) FROM orders WHERE id = 7) THEN SELECT 1 AS answer;
    ELSE SELECT 2 AS answer;
  END CASE;
END//
-- What is harmless, and must not be reported.
CREATE PROCEDURE inserts(p VARCHAR(20)) INSERT INTO audit (what) VALUES (p), (CONCAT(p, '!'))//
CREATE PROCEDURE sets(p VARCHAR(20)) UPDATE orders SET note = p, memo = p WHERE id = 7//
CREATE PROCEDURE bin_column(p VARCHAR(20)) SELECT id FROM orders WHERE code = p//
CREATE PROCEDURE json_text(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE JSON_UNQUOTE(JSON_EXTRACT(doc, '$.s')) = p//
CREATE PROCEDURE collates(p VARCHAR(20)) SELECT id FROM orders WHERE symbol = p COLLATE utf8mb4_unicode_ci AND symbol LIKE p COLLATE utf8mb4_unicode_ci AND symbol IN ('S7', p COLLATE utf8mb4_unicode_ci)//
CREATE PROCEDURE declares_it(p VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci) SELECT id FROM orders WHERE symbol = p AND note BETWEEN p AND p//
CREATE PROCEDURE converts_and_collates(p VARCHAR(20)) SELECT id FROM orders WHERE symbol = CONVERT(p USING utf8mb4) COLLATE utf8mb4_unicode_ci//
CREATE PROCEDURE numbers_and_times(n INT, d DECIMAL(19,6), t DATETIME, p VARCHAR(20))
BEGIN
  SELECT id FROM orders WHERE qty = n AND price > d AND placed <= t AND n IN (1, qty) AND p = 'S7' ORDER BY id LIMIT 5;
END//
CREATE PROCEDURE name_hides_column(symbol VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE symbol = symbol//
CREATE PROCEDURE full_text(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE MATCH (note) AGAINST (p IN BOOLEAN MODE)//
CREATE PROCEDURE row_list(p VARCHAR(20)) SELECT COUNT(*) AS n FROM orders WHERE (symbol, qty) IN (('S7', 7), (p, 8))//
DELIMITER ;
