// Goal: the migrations of public projects that the suite has no time for are proven as well.
import { describeHistory } from './describe-history.ts'
import { evaluations } from './drizzle-history.ts'
import { catalog } from './knex-history.ts'
import { otherDatabases } from './kysely-histories.ts'

for (const history of [...otherDatabases, evaluations, catalog]) describeHistory(history)
