"""Who is in the hall: customers, tellers and those who steer, each with what they see and may do.

Nothing here looks into the server: a link, and the newest view it was sent.
"""

import asyncio

from shared import protocol as p

PATIENCE_SECONDS = 60


class Terminal:
    """A terminal or a phone, whoever is at it, and what it shows."""

    def __init__(self, hall, link, feed, secret=""):
        self.link = link
        self._hall, self._feed, self._secret = hall, feed, secret

    @property
    def view(self):
        """What it shows now."""
        view = self.link.view(self._feed)
        assert view is not None, f"{self._feed} shows nothing"
        return view

    async def ask(self, kind, /, **fields):
        """Give a command; the answer, once every screen shows what came of it."""
        day = self.view.day or self._hall.date
        command = kind(id=self.link.new_id(), day=day, **fields)
        async with asyncio.timeout(PATIENCE_SECONDS):
            reply = await self.link.send(command)
            if isinstance(reply, p.Refused) and reply.code == "Locked":
                # Left alone for too long, as in life: the secret again, and on.
                assert isinstance(await self.link.unlock(self._secret), p.SignedIn)
                reply = await self.link.send(command)
        await self._hall.settled()
        return reply

    async def do(self, kind, /, **fields):
        """Give a command that takes effect; the answer."""
        reply = await self.ask(kind, **fields)
        assert isinstance(reply, p.Accepted), reply.text
        return reply

    async def refused(self, kind, /, **fields):
        """Give a command that is refused; the refusal."""
        reply = await self.ask(kind, **fields)
        assert isinstance(reply, p.Refused), f"{kind.__name__} took effect"
        return reply

    async def sign_out(self):
        """签退."""
        assert isinstance(await self.link.sign_out(), p.HouseAccepted)

    @property
    def dark(self):
        """Whether it shows nothing: nobody is signed in."""
        return self.link.view(self._feed) is None

    async def sees(self, holds):
        """Wait until it shows what must come, and show that."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for _ in self.link.views():
                if not self.dark and holds(self.view):
                    return self.view
        raise AssertionError(self.view)

    async def knock(self):
        """Come back when it has been told everything: whatever the answer to a question that
        nobody here may ask, it comes after the views before it."""
        question = p.RevokeStation(id=self.link.new_id(), station="nowhere")
        assert isinstance(await self.link.request(question), p.Refused)


class Page(Terminal):
    """The page of a ticket or an appointment. It is told a little later than the stations are, but
    what its holder asks of the rules is answered after all there is to be seen on it."""

    async def knock(self):
        """Come back when it has been told everything."""
        assert isinstance(await self.link.send(self.in_vain(self.link.new_id())), p.Refused)

    def in_vain(self, command_id):
        """What its holder may ask, and the rules refuse."""
        raise NotImplementedError


class Phone(Page):
    """The page of a ticket."""

    def __init__(self, hall, link, visit):
        super().__init__(hall, link, f"TicketView:{visit}")
        self._visit = visit

    def in_vain(self, command_id):
        """An answer to a question that nobody has asked."""
        return p.RateVisit(
            id=command_id, day=self._hall.date, visit=self._visit, question=999, score=1
        )


class BookedPhone(Page):
    """The page of an appointment."""

    def __init__(self, hall, link, appointment):
        super().__init__(hall, link, f"AppointmentView:{appointment}")

    def in_vain(self, command_id):
        """A wish for a time that is over."""
        slot = self._hall.moment("2000-01-03T09:00")
        return p.MoveAppointment(id=command_id, day=self._hall.date, slot=slot)


class Kiosk(Terminal):
    """Customers take their tickets here."""

    async def take(self, service, *lanes, **fields):
        """The number of a new ticket."""
        taken = await self.do(p.TakeTicket, service=service, lanes=lanes, **fields)
        self._hall.tickets[taken.number] = taken
        return taken.number

    def service(self, service):
        """What is offered, and how many wait for it."""
        return next(shown for shown in self.view.services if shown.id == service)

    async def book(self, service, time, **said):
        """An appointment at that time of today, or at "2026-11-17T10:00"; the answer."""
        slot = self._hall.moment(time)
        held = await self.do(p.HoldSlot, service=service, slot=slot)
        return await self.do(p.BookAppointment, appointment=held.appointment, **said)


class Teller(Terminal):
    """A teller at the own counter."""

    counter = 0

    async def press(self, kind, /, **fields):
        """A command of this counter that takes effect."""
        return await self.do(kind, counter=self.counter, **fields)

    async def cannot(self, kind, /, **fields):
        """A command of this counter that is refused."""
        return await self.refused(kind, counter=self.counter, **fields)

    async def call_next(self):
        """The number that was called."""
        return (await self.press(p.CallNext)).number

    async def serve_next(self):
        """Call the next one, who comes; the number."""
        number = await self.call_next()
        await self.press(p.StartService)
        return number

    async def finish(self, **fields):
        await self.press(p.FinishService, **fields)

    @property
    def line(self):
        """The numbers this counter would call, in order."""
        return [ticket.number for ticket in self.view.line]


class Panel(Terminal):
    """The rating panel beside a counter, and whoever stands before it."""

    counter = 0

    def asks(self):
        """What it asks now."""
        return self.view.question

    async def shows(self):
        """It tells the server that the question stands on its screen; the question."""
        question = self.view.question
        await self._say(p.ConfirmQuestion, question=question.id)
        return question

    async def rate(self, score):
        """The customer presses a key."""
        await self._say(p.RateService, question=self.view.question.id, score=score)

    async def explain(self, reason):
        """The customer says what was bad, by one touch."""
        await self._say(p.GiveRatingReason, question=self.view.question.id, reason=reason)

    async def _say(self, kind, **fields):
        return await self.do(kind, counter=self.counter, **fields)


class Board(Terminal):
    """Somebody who steers the lobby, at a board."""

    @property
    def alerts(self):
        """The kinds of the alerts."""
        return [alert.kind for alert in self.view.alerts]

    def alert(self, kind):
        """The one alert of that kind."""
        (found,) = [alert for alert in self.view.alerts if alert.kind == kind]
        return found

    def counter(self, counter):
        """A counter, as those who steer see it."""
        return next(shown for shown in self.view.counters if shown.id == counter)

    def ticket(self, number):
        """A ticket that is not over, in the line, at a counter, or out of the line."""
        at_counters = (shown.current for shown in self.view.counters if shown.current)
        here = [*self.view.line, *self.view.off_line, *at_counters]
        return next(ticket for ticket in here if ticket.number == number)


class Display(Terminal):
    """The screen everybody in the lobby looks at."""

    @property
    def calls(self):
        """Who is called to which counter, the newest first."""
        return [(call.number, call.counter) for call in self.view.calls]

    def counter(self, counter):
        """A counter, as everybody sees it."""
        return next(shown for shown in self.view.counters if shown.id == counter)
