-- Names, comments and literals with odd characters.
DELIMITER $$
CREATE PROCEDURE `odd ``name; -- '`(`a ``p` VARCHAR(20)) COMMENT 'it''s -- odd; /* */'
BEGIN
  -- an apostrophe's comment; p = symbol
  # SELECT 'never' FROM orders WHERE symbol = p
  /* SELECT ';' $ */
  SELECT 1 AS `;`, '\'', "a ""quoted"" text", 'semi;colon' FROM `odd ``table` WHERE `a column` = `a ``p`;
END$$
CREATE PROCEDURE 종목(종목코드 VARCHAR(20)) SELECT id FROM orders WHERE symbol = 종목코드$$
CREATE PROCEDURE harmless_comments(p VARCHAR(20)) BEGIN SELECT /* symbol = p */ 'symbol = p' AS `symbol = p` FROM orders WHERE id = 7; -- AND symbol = p
END$$
DELIMITER ;
