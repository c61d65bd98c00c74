// Goal: hours of trials find no way to lose a row of v0-empty. A file of its own, so that machines share the work.
import { describeCampaign } from './support/describe-campaign.ts'

describeCampaign('v0-empty')
