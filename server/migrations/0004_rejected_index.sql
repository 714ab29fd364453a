-- How many facts of an incarnation were rejected is told with every acknowledgement.
CREATE INDEX rejected_fact_place ON rejected_fact (device, incarnation, seq);
