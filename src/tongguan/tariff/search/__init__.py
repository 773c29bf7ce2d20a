"""Find the code: rank the codes of a nomenclature by plain words, trade words, misspellings, pinyin, code fragments and old codes."""
