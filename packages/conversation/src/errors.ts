import { FleetError } from "@shoal/kernel";

/** What this package reports: `CONVERSATION_OPTIONS_INVALID`. */
export class ConversationError extends FleetError {}
