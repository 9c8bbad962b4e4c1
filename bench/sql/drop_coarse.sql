ALTER TABLE market.{table:Identifier} DROP PARTITION ({source:String}, {interval:String})
