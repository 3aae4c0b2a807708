-- What has to be refused: a scan finds it before and after, and a fix says why and changes nothing.
DELIMITER //
CREATE PROCEDURE joined_table_name(t VARCHAR(64)) BEGIN SET @corpus_sql = CONCAT('SELECT COUNT(*) AS n FROM `', REPLACE(t, '`', '``'), '`'); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_list(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT id FROM entries WHERE id IN (', p, ')'); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_split(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT id FROM entries WHERE account IN (''', REPLACE(p, ',', ''','''), ''')'); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_order(c VARCHAR(64)) BEGIN SET @corpus_sql = CONCAT('SELECT id FROM entries ORDER BY ', c); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_in_loop(n INT)
BEGIN
  DECLARE i INT DEFAULT 0;
  SET @corpus_sql = 'SELECT id FROM entries WHERE id = 0';
  WHILE i < n DO SET @corpus_sql = CONCAT(@corpus_sql, ' OR id = ', i); SET i = i + 1; END WHILE;
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE joined_elsewhere() BEGIN PREPARE corpus_st FROM @corpus_refused; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE executed_twice(n INT) BEGIN SET @corpus_sql = CONCAT('SELECT id FROM entries WHERE id = ', n); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_and_shown(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT id FROM entries WHERE account = ''', p, ''''); SELECT @corpus_sql AS text; PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_narrow(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT id FROM corpus_shop.orders WHERE isin = ''', p, ''''); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE doubled_before(p VARCHAR(100)) BEGIN SET p = REPLACE(p, '''', ''''''); SET @corpus_sql = CONCAT('SELECT id FROM entries WHERE account = ''', p, ''''); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_item(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT ''', p, ''''); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_under_handler(p VARCHAR(100))
BEGIN
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET @corpus_failed = 1;
  SET @corpus_sql = 'SELECT id FROM entries WHERE 1 = 1';
  IF p IS NOT NULL THEN SET @corpus_sql = CONCAT(@corpus_sql, ' AND owner = ''', p, ''''); END IF;
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE variable_from_outside() SELECT COUNT(*) AS n FROM corpus_shop.orders WHERE symbol = @corpus_outside//
CREATE PROCEDURE number_or_text(k INT, p VARCHAR(20)) BEGIN
  IF k THEN SET @corpus_mixed = 10; ELSE SET @corpus_mixed = p; END IF;
  SELECT COUNT(*) AS n FROM corpus_shop.orders WHERE symbol = @corpus_mixed;
END//
CREATE PROCEDURE temporary_table_of_the_caller() SELECT COUNT(*) AS n FROM corpus_shop.orders o JOIN corpus_given g ON g.s = o.symbol//
CREATE FUNCTION account_of(n INT) RETURNS VARCHAR(30) READS SQL DATA RETURN (SELECT account FROM entries WHERE id = n)//
CREATE PROCEDURE narrower_than_a_result() SELECT COUNT(*) AS n FROM corpus_shop.orders WHERE isin = account_of(id)//
DELIMITER ;
