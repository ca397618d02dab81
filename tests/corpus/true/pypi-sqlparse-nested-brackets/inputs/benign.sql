SELECT a[1], b[c[2]] FROM t WHERE d = '[[[[';
