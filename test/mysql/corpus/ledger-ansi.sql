-- sql_mode: ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_TRANS_TABLES
DELIMITER //
CREATE PROCEDURE "ansi ""name"("a p" VARCHAR(20)) SELECT "id" FROM "entries" WHERE "account" = "a p"//
CREATE PROCEDURE ansi_joined(p VARCHAR(100)) BEGIN SET @corpus_sql = 'SELECT "id", "account" FROM "entries" WHERE "account" = ''' || p || ''''; PREPARE corpus_st FROM @corpus_sql; EXECUTE corpus_st; DEALLOCATE PREPARE corpus_st; END//
CREATE PROCEDURE ansi_pipes(p VARCHAR(20)) SELECT id FROM entries WHERE account LIKE p || '%' ORDER BY id LIMIT 3//
DELIMITER ;
