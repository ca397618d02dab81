SELECT a, (b + (c * (d))) FROM t WHERE e = '((((';
