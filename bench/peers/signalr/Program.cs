using System.Globalization;
using Microsoft.AspNetCore.SignalR;

// Usage: SignalRPeer PORT. Rooms are SignalR groups, as its documentation recommends; everything else is the default.
var builder = WebApplication.CreateBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls("http://127.0.0.1:" + int.Parse(args[0], CultureInfo.InvariantCulture));
builder.Services.AddSignalR();
var app = builder.Build();
app.MapHub<RoomHub>("/hub");
app.Run();

/// <summary>Rooms with broadcast, and an echo.</summary>
internal sealed class RoomHub : Hub
{
    public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

    public Task Publish(string room, string payload) => Clients.Group(room).SendAsync("message", payload);

    public string Echo(string payload) => payload;
}
