-- SQL that is joined from parts: injectable and not.
DELIMITER //
CREATE PROCEDURE joined(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT id, account FROM entries WHERE account = ''', p, ''''); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_doubled(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT id, account FROM entries WHERE account = ''', REPLACE(p, '''', ''''''), ''''); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_quote(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT id, account FROM entries WHERE account = ', QUOTE(p)); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_number(n INT) BEGIN SET @corpus_sql = CONCAT('SELECT id, account FROM entries WHERE id = ', n); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_date(d DATE) BEGIN SET @corpus_sql = CONCAT('SELECT COUNT(*) AS n FROM entries WHERE ''', d, ''' > ''2000-01-01'''); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_step_by_step(p VARCHAR(100), n INT)
BEGIN
  SET @corpus_sql = 'SELECT id, account FROM entries WHERE 1 = 1';
  IF p IS NOT NULL THEN SET @corpus_sql = CONCAT(@corpus_sql, ' AND owner = ''', p, ''''); END IF;
  SET @corpus_sql = CONCAT(@corpus_sql, ' LIMIT ', n);
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE joined_second_order() BEGIN DECLARE v VARCHAR(100); SELECT owner INTO v FROM entries WHERE id = 7; SET @corpus_sql = CONCAT('SELECT COUNT(*) AS n FROM entries WHERE owner = ''', v, ''''); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE joined_update(p VARCHAR(100), n INT) BEGIN SET @corpus_sql = CONCAT('UPDATE entries SET owner = ''', p, ''' WHERE id = ', n); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE bound(p VARCHAR(100)) BEGIN SET @corpus_b = p; PREPARE corpus_st FROM 'SELECT id, account FROM entries WHERE account = ?'; EXECUTE corpus_st USING @corpus_b; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE bound_constant_parts(n INT) BEGIN SET @corpus_sql = CONCAT('SELECT id FROM entries ', 'WHERE id = ?'); SET @corpus_b = n; PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st USING @corpus_b; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE across_databases(p VARCHAR(20)) SELECT e.id FROM corpus_shop.orders o JOIN entries e ON e.id = o.id WHERE o.symbol = p//
DELIMITER ;
