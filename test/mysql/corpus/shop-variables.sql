-- Locals, user variables, cursors, temporary and derived tables, JSON_TABLE, nested routines, functions, triggers, events.
DELIMITER //
CREATE PROCEDURE plain_local() BEGIN DECLARE v VARCHAR(20) DEFAULT 'S7'; SELECT id FROM orders WHERE symbol = v; END//
CREATE PROCEDURE selected_into_local()
BEGIN
  DECLARE v VARCHAR(20);
  SELECT symbol INTO v FROM orders WHERE id = 7;
  SELECT COUNT(*) AS n FROM orders WHERE symbol = v;
END//
CREATE PROCEDURE selected_into_variable()
BEGIN
  SELECT symbol INTO @corpus_symbol FROM orders WHERE id = 7;
  SELECT COUNT(*) AS n FROM orders WHERE symbol = @corpus_symbol;
END//
CREATE PROCEDURE variable_from_parameter(p VARCHAR(20))
BEGIN
  SET @corpus_p = p;
  SELECT COUNT(*) AS n FROM orders WHERE symbol = @corpus_p;
END//
CREATE PROCEDURE variable_of_either(p VARCHAR(20), n INT)
BEGIN
  SELECT MAX(symbol) INTO @corpus_either FROM orders WHERE id = 7;
  IF n > 5 THEN SET @corpus_either = p; END IF;
  SELECT COUNT(*) AS n FROM orders WHERE symbol = @corpus_either;
END//
CREATE PROCEDURE variable_from_literal() BEGIN SET @corpus_l := 'S7'; SELECT COUNT(*) AS n FROM orders WHERE symbol = @corpus_l; END//
CREATE PROCEDURE variable_of_a_number() BEGIN SET @corpus_n = 7; SELECT id FROM orders WHERE qty = @corpus_n OR symbol = @corpus_n ORDER BY id LIMIT 1; END//
CREATE PROCEDURE fetches()
BEGIN
  DECLARE done INT DEFAULT 0;
  DECLARE v VARCHAR(20);
  DECLARE found INT DEFAULT 0;
  DECLARE c CURSOR FOR SELECT symbol FROM orders WHERE id <= 3;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1;
  OPEN c;
  reading: LOOP
    FETCH c INTO v;
    IF done THEN LEAVE reading; END IF;
    SELECT COUNT(*) INTO found FROM orders WHERE symbol = v;
  END LOOP reading;
  CLOSE c;
  SELECT found;
END//
CREATE PROCEDURE cursor_where(p VARCHAR(20))
BEGIN
  DECLARE v INT;
  DECLARE c CURSOR FOR SELECT id FROM orders WHERE symbol = p;
  OPEN c;
  FETCH c INTO v;
  CLOSE c;
  SELECT v;
END//
CREATE PROCEDURE nested_blocks(p VARCHAR(20))
outer_block: BEGIN
  DECLARE v VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci DEFAULT p;
  DECLARE i INT DEFAULT 0;
  WHILE i < 2 DO
    BEGIN
      DECLARE v VARCHAR(20) DEFAULT p;
      IF i = 1 THEN SELECT COUNT(*) AS n FROM orders WHERE symbol = v; END IF;
    END;
    SET i = i + 1;
  END WHILE;
  REPEAT SET i = i - 1; UNTIL i <= 0 END REPEAT;
  SELECT COUNT(*) AS n FROM orders WHERE symbol = v;
END outer_block//
CREATE PROCEDURE temporary_table(p VARCHAR(20))
BEGIN
  DROP TEMPORARY TABLE IF EXISTS wanted;
  CREATE TEMPORARY TABLE wanted (s VARCHAR(20), KEY (s));
  INSERT INTO wanted VALUES (p);
  SELECT o.id FROM orders o JOIN wanted w ON w.s = o.symbol;
END//
CREATE PROCEDURE temporary_table_as(p VARCHAR(20))
BEGIN
  DROP TEMPORARY TABLE IF EXISTS picked;
  CREATE TEMPORARY TABLE picked AS SELECT p AS s;
  SELECT id FROM orders WHERE symbol IN (SELECT s FROM picked);
END//
CREATE PROCEDURE temporary_table_collated(p VARCHAR(20))
BEGIN
  DROP TEMPORARY TABLE IF EXISTS chosen;
  CREATE TEMPORARY TABLE chosen (s VARCHAR(20) COLLATE utf8mb4_unicode_ci);
  INSERT INTO chosen VALUES (p);
  SELECT o.id FROM orders o JOIN chosen c ON c.s = o.symbol;
END//
CREATE PROCEDURE temporary_table_like()
BEGIN
  DROP TEMPORARY TABLE IF EXISTS copied;
  CREATE TEMPORARY TABLE copied LIKE audit;
  INSERT INTO copied (what) VALUES ('S7');
  SELECT o.id FROM orders o JOIN copied c ON c.what = o.symbol;
END//
CREATE PROCEDURE derived_table(p VARCHAR(20)) SELECT o.id FROM orders o JOIN (SELECT p AS s) d ON d.s = o.symbol//
CREATE PROCEDURE derived_literal() SELECT o.id FROM orders o JOIN (SELECT 'S7' AS s) d ON d.s = o.symbol//
CREATE PROCEDURE common_table(p VARCHAR(20)) WITH w (s) AS (SELECT CONCAT(p, '')) SELECT o.id FROM orders o JOIN w ON w.s = o.symbol//
CREATE PROCEDURE recursive_table() WITH RECURSIVE w AS (SELECT symbol AS s, 1 AS n FROM orders WHERE id = 7 UNION ALL SELECT s, n + 1 FROM w WHERE n < 2) SELECT o.id FROM orders o JOIN w ON w.s = o.symbol//
CREATE PROCEDURE json_table_column(d JSON) SELECT o.id FROM orders o JOIN JSON_TABLE(d, '$[*]' COLUMNS (s VARCHAR(20) PATH '$.s')) j ON j.s = o.symbol//
CREATE PROCEDURE json_table_collated(d JSON) SELECT o.id FROM orders o JOIN JSON_TABLE(d, '$[*]' COLUMNS (n FOR ORDINALITY, s VARCHAR(20) PATH '$.s')) j ON j.s COLLATE utf8mb4_unicode_ci = o.symbol//
CREATE FUNCTION upper_symbol(p VARCHAR(20)) RETURNS VARCHAR(20) DETERMINISTIC RETURN UPPER(p)//
CREATE FUNCTION symbol_id(p VARCHAR(20)) RETURNS INT READS SQL DATA RETURN (SELECT MAX(id) FROM orders WHERE symbol = p)//
CREATE FUNCTION symbol_of(n INT) RETURNS VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci READS SQL DATA RETURN (SELECT symbol FROM orders WHERE id = n)//
CREATE PROCEDURE function_result(p VARCHAR(20)) SELECT id FROM orders WHERE symbol = upper_symbol(p)//
CREATE PROCEDURE nested_call(p VARCHAR(20)) BEGIN CALL declares_it(p); CALL gives_symbol(7, @corpus_given_symbol); SELECT COUNT(*) AS n FROM orders WHERE symbol = @corpus_given_symbol; END//
CREATE PROCEDURE gives_symbol(IN n INT, OUT s VARCHAR(20)) SELECT symbol INTO s FROM orders WHERE id = n//
CREATE TRIGGER trades_before BEFORE UPDATE ON trades FOR EACH ROW
BEGIN
  DECLARE v VARCHAR(20) DEFAULT 'blocked';
  IF NEW.symbol = v THEN SET NEW.note = v; END IF;
END//
CREATE TRIGGER audit_before BEFORE INSERT ON audit FOR EACH ROW IF NEW.what = 'x' OR NEW.what <=> NULL THEN SET NEW.what = TRIM(NEW.what); END IF//
CREATE EVENT corpus_sweep ON SCHEDULE EVERY 1 DAY DISABLE DO BEGIN DECLARE v VARCHAR(20) DEFAULT 'old'; DELETE FROM audit WHERE what = v; END//
CREATE EVENT corpus_idle ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM audit WHERE what = 'old'//
DELIMITER ;
