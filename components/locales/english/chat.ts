/** Two names, or the first two and how many more. */
function listOf(names: readonly string[]): string {
  const [first, second, third] = names;
  if (third === undefined) return names.join(' and ');
  return names.length === 3 ? `${first}, ${second} and ${third}` : `${first}, ${second} and ${names.length - 2} others`;
}

/** What `<chat-room>` says. */
export const chatTerms = {
  chatLog: 'Messages',
  chatIdle: 'Choose a room to talk in.',
  chatLeft: 'You left the room.',
  chatWithdrawn: 'You cancelled your request to join.',
  chatEmpty: 'No messages yet.',
  chatEmptyHint: 'Say hello.',
  chatCame: (names: readonly string[]) => `${listOf(names)} joined`,
  chatGone: (names: readonly string[]) => `${listOf(names)} left`,
  chatToYou: 'privately to you',
  chatToName: (name: string) => `privately to ${name}`,
  chatPending: 'Sending…',
  chatFailed: (reason: string) => `Not sent: ${reason}`,
  chatToEveryone: 'Send to everyone',
  chatSomebody: 'somebody who left',
  chatYou: 'you',
  chatSelf: 'You',
  chatInCall: 'in the call',
  chatModerator: 'moderator',
  chatPeople: (count: number) => (count === 1 ? 'Only you are here' : `${count} people here`),
  chatWriteTo: (name: string) => `Write to ${name} privately`,
  chatTo: 'To',
  chatEveryone: 'everyone',
  chatInput: 'Message',
  chatSend: 'Send',
  chatNoFiles: 'Files cannot be sent here. Put them somewhere and send the link.',
  chatYouAre: 'You are',
  chatName: 'Your name',
  chatChangeName: 'Change your name',
  chatSave: 'Save',
  chatCancel: 'Cancel',
  chatLeftOver: (count: number) => `${count} characters left`,
  chatTooMany: (count: number) => `${count} characters too many`,
  chatTyping: (names: readonly string[]) =>
    names.length > 2
      ? 'Several people are typing …'
      : `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} typing …`,
  chatActions: 'Change this message',
  chatEdit: 'Edit',
  chatEditHint: 'Enter saves, Escape cancels',
  chatEdited: '(edited)',
  chatDelete: 'Delete',
  chatDeleteAsk: 'Delete this message for everybody?',
  chatDeleteAskOf: (name: string) => `Delete this message of ${name} for everybody?`,
  chatOlder: 'Show older messages',
  chatOlderLoading: 'Looking for older messages …',
  chatMore: 'Show more',
  chatLess: 'Show less',
  chatAnnounce: 'everyone, as an announcement',
  chatNewest: 'To the newest message',
  chatUnread: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
};
