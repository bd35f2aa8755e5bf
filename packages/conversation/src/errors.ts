import { FleetError } from "@shoal/kernel";

/** Error of this package: `CONVERSATION_OPTIONS_INVALID`. */
export class ConversationError extends FleetError {}
