-- SQL that is joined in branches, through other variables, and with what is chosen from a closed set.
DELIMITER //
CREATE PROCEDURE branch_filters(p VARCHAR(100), q VARCHAR(100), n INT, newest INT)
BEGIN
  SET @corpus_where = '';
  IF p IS NOT NULL THEN SET @corpus_where = CONCAT(' WHERE owner = ''', p, ''''); END IF;
  IF q IS NOT NULL THEN
    IF @corpus_where = '' THEN SET @corpus_where = ' WHERE '; ELSE SET @corpus_where = CONCAT(@corpus_where, ' AND '); END IF;
    SET @corpus_where = CONCAT(@corpus_where, 'account LIKE ''', REPLACE(q, '''', ''''''), '%''');
  END IF;
  IF n > 3 THEN
    SET @corpus_where = CONCAT(@corpus_where, IF(LENGTH(@corpus_where) > 0, ' AND ', ' WHERE '), 'id > ', n);
  ELSEIF n = 3 THEN
    SET @corpus_where = CONCAT(@corpus_where, IF(@corpus_where = '', ' WHERE', ' AND'), ' id <> 3');
  END IF;
  SET @corpus_sql = CONCAT('SELECT id, account, owner FROM entries', @corpus_where, ' ORDER BY id ', IF(newest > 5, 'DESC', 'ASC'), ' LIMIT 5');
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE branch_else(p VARCHAR(100), n INT)
BEGIN
  IF n < 4 THEN
    SET @corpus_sql = CONCAT('SELECT COUNT(*) AS n FROM entries WHERE id > ', n);
  ELSE
    SET @corpus_sql = CONCAT('SELECT account FROM entries WHERE owner = ''', p, ''' AND id < ', n, ' ORDER BY id');
  END IF;
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE branch_case(p VARCHAR(100), n INT)
BEGIN
  SET @corpus_sql = 'SELECT id FROM entries WHERE ';
  CASE n
    WHEN 1 THEN SET @corpus_sql = CONCAT(@corpus_sql, 'account = ''', p, '''');
    WHEN 2 THEN SET @corpus_sql = CONCAT(@corpus_sql, 'owner <> ''', p, ''' AND id < 9');
    ELSE SET @corpus_sql = CONCAT(@corpus_sql, 'id = 7');
  END CASE;
  SET @corpus_sql = CONCAT(@corpus_sql, ' ORDER BY id');
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE branch_expression(p VARCHAR(100), n INT)
BEGIN
  SET @corpus_sql = CONCAT('SELECT id FROM entries WHERE 1 = 1', IF(p IS NULL, '', CONCAT(' AND owner = ''', p, '''')),
    CASE WHEN n > 6 THEN CONCAT(' AND id > ', n) WHEN n > 3 THEN ' AND id > 190' ELSE '' END, ' ORDER BY id LIMIT 9');
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE branch_local(p VARCHAR(100), n INT)
BEGIN
  DECLARE v_sql VARCHAR(2000) DEFAULT 'SELECT id, account FROM entries';
  IF p <> '' THEN SET v_sql = CONCAT(v_sql, ' WHERE account = ''', p, ''''); END IF;
  SELECT CONCAT(v_sql, ' ORDER BY id LIMIT ', n) INTO @corpus_sql;
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE branch_update(p VARCHAR(100), n INT)
BEGIN
  SET @corpus_sql = CONCAT('UPDATE entries SET owner = ''', p, '''');
  IF n > 2 THEN SET @corpus_sql = CONCAT(@corpus_sql, ', account = ''', p, ''''); END IF;
  SET @corpus_sql = CONCAT(@corpus_sql, ' WHERE id = ', n);
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  SELECT ROW_COUNT() AS changed;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE branch_around(p VARCHAR(100))
BEGIN
  IF p IS NULL THEN
    SELECT 0 AS id;
  ELSE
    SET @corpus_sql = CONCAT('SELECT id FROM entries WHERE account = ''', p, ''' ORDER BY id');
    PREPARE corpus_st FROM @corpus_sql;
    EXECUTE corpus_st;
    DEALLOCATE PREPARE corpus_st;
  END IF;
END//
CREATE PROCEDURE branch_twice(p VARCHAR(100), n INT)
BEGIN
  SET @corpus_sql = CONCAT('SELECT COUNT(*) AS n FROM entries WHERE account = ''', p, '''');
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  SET @corpus_sql = CONCAT('SELECT id FROM entries WHERE id = ', n);
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE closed_order(p VARCHAR(100), c ENUM('account', 'owner', 'id'), n INT)
BEGIN
  SET @corpus_sql = CONCAT('SELECT account, owner FROM entries WHERE owner = ''', p, ''' ORDER BY ', c, ELT(1 + n % 2, ' ASC', ' DESC'), ', id LIMIT 5');
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
CREATE PROCEDURE joined_set(p VARCHAR(100)) BEGIN SET @corpus_sql = CONCAT('SELECT id FROM entries WHERE FIND_IN_SET(account, ''', p, ''') > 0 ORDER BY id'); PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
-- Nothing is joined from data here.
CREATE PROCEDURE closed_name(c ENUM('account', 'owner'), n INT)
BEGIN
  IF n > 4 THEN SET @corpus_direction = 'DESC'; ELSE SET @corpus_direction = 'ASC'; END IF;
  SET @corpus_sql = CONCAT('SELECT ', c, ' AS name FROM entries ORDER BY ', CASE n WHEN 1 THEN 'owner' ELSE 'account' END, ' ', @corpus_direction, ', id LIMIT 3');
  PREPARE corpus_st FROM @corpus_sql;
  EXECUTE corpus_st;
  DEALLOCATE PREPARE corpus_st;
END//
DELIMITER ;
