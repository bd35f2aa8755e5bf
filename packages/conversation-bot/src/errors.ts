import { FleetError } from "@shoal/kernel";

/** Error of this package: `CONVERSATION_OPTIONS_INVALID`, `CONVERSATION_PERSONA_INVALID`. */
export class ConversationError extends FleetError {}
